/* permissions.c: what a caller needs: no role of Azure's, but a setting of the tenant. */
#include "powerbi/session.h"

#include <stdio.h>

static const char TEXT[] =
    "# A service principal or managed identity\n"
    "1. Put it into a security group of Microsoft Entra.\n"
    "2. Fabric admin portal > Tenant settings > Admin API settings:\n"
    "   \"Service principals can access read-only admin APIs\": on, for that group.\n"
    "3. Give it no permission of Power BI that needs admin consent: with one the API refuses it.\n"
    "\n"
    "# A user\n"
    "The role Fabric Administrator, and the delegated permission Tenant.Read.All\n"
    "(or Tenant.ReadWrite.All, which wgo does not need).\n"
    "\n"
    "# For schemas and expressions of datasets\n"
    "Tenant settings > Admin API settings, on for the same group:\n"
    "   \"Enhance admin APIs responses with detailed metadata\"\n"
    "   \"Enhance admin APIs responses with DAX and mashup expressions\"\n";

enum wgo_status wgo_powerbi_permissions(const struct wgo_permission_request *request,
                                        struct wgo_buf *out, char note[256], struct wgo_error *err)
{
    (void)request;
    snprintf(note, 256, "a tenant's settings take up to 15 minutes");
    return wgo_buf_cstr(out, TEXT) ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}
