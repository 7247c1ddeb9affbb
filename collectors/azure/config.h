/* config.h: what the machine says of Azure: which cloud, and whose credentials.
 *
 * The first of these that is there is used:
 *
 *   secret        AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET
 *   certificate   ... AZURE_CLIENT_CERTIFICATE_PATH, AZURE_CLIENT_CERTIFICATE_PASSWORD: PEM or
 *                 PKCS#12, certificate and key in one file
 *   workload      ... AZURE_FEDERATED_TOKEN_FILE: a token of somebody else's, read at each renewal
 *   app service   IDENTITY_ENDPOINT and IDENTITY_HEADER
 *   arc           IDENTITY_ENDPOINT and IMDS_ENDPOINT
 *   imds          AZURE_POD_IDENTITY_AUTHORITY_HOST, or use_msi
 *   cli           a login of `az`
 *   imds          when there is nothing else
 *
 * Whoever says which way to go (use_msi, use_oidc, use_cli) gets that way. ARM_* variables are read
 * as Terraform's provider reads them, after AZURE_*.
 *
 * Source:    learn.microsoft.com/python/api/azure-identity, "DefaultAzureCredential";
 *            registry.terraform.io/providers/hashicorp/azurerm, "Authenticating".
 * Ownership: wgo_azure_config_new/_free; strings are the configuration's, secrets are wiped.
 * Threads:   read-only once made.
 * Failure:   WGO_E_CONFIG for half a credential, and for a cloud nobody knows; never the network.
 */
#ifndef WGO_AZURE_CONFIG_H
#define WGO_AZURE_CONFIG_H

#include "base/arena.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/str.h"

struct wgo_azure_cloud {
    const char *name, *az, *terraform;
    const char *arm, *login, *storage;
    const char *audience; /* of Resource Manager's tokens; "" = its address */
};
/* By any of its names, upper or lower case; NULL when nobody knows it. */
const struct wgo_azure_cloud *wgo_azure_cloud_named(struct wgo_str name);

enum wgo_azure_kind {
    WGO_AZURE_SECRET,
    WGO_AZURE_CERTIFICATE,
    WGO_AZURE_WORKLOAD,
    WGO_AZURE_APP_SERVICE,
    WGO_AZURE_ARC,
    WGO_AZURE_IMDS,
    WGO_AZURE_CLI,
};

/* What a caller says besides the environment; empty members are no settings. */
struct wgo_azure_wishes {
    struct wgo_str tenant_id, client_id, client_secret;
    struct wgo_str client_certificate_path, client_certificate_password;
    struct wgo_str oidc_token, oidc_token_file;
    struct wgo_str use_msi, use_oidc, use_cli; /* "true": that way and no other */
    struct wgo_str msi_endpoint, environment;
    struct wgo_str resource; /* whose token: "https://storage.azure.com"; Resource Manager's */
};

struct wgo_azure_config {
    struct wgo_arena arena;
    const struct wgo_azure_cloud *cloud;
    struct wgo_azure_cloud registered; /* one that the user told az of */
    enum wgo_azure_kind kind;
    char source[200];        /* for people: "service principal 1234 (secret)" */
    bool last_resort;        /* nobody spoke of this machine's identity */
    const char *config_dir;  /* of az; "" = none */
    struct wgo_str arm;      /* where Resource Manager is, without a slash at its end */
    struct wgo_str login;    /* likewise */
    struct wgo_str resource; /* likewise */
    struct wgo_str tenant, client;
    struct wgo_str resource_id; /* of a managed identity (mi_res_id) */
    struct wgo_secret secret, certificate_password, token;
    const char *certificate, *token_file;
    struct wgo_str endpoint, header; /* of the machine's identity */
};

WGO_NODISCARD enum wgo_status wgo_azure_config_new(const char *(*getenv)(const char *name),
                                                   const struct wgo_azure_wishes *wishes,
                                                   struct wgo_azure_config **out_config,
                                                   struct wgo_error *err);
void wgo_azure_config_free(struct wgo_azure_config *config);
/* Whether anything says that Azure is used here; 'reason' says what, or what is missing. */
bool wgo_azure_configured(const char *(*getenv)(const char *name), char reason[256]);

/* ---- az_files.c: what az keeps in its folder ---- */

/* "" = nobody has a home. */
const char *wgo_azure_az_folder(struct wgo_arena *arena, const char *(*getenv)(const char *));
/* Whether somebody has logged in with az. */
bool wgo_azure_az_is_used(struct wgo_arena *arena, const char *folder);
/* The cloud that az is set to, by az's name; empty when nothing says. */
struct wgo_str wgo_azure_az_cloud(struct wgo_arena *arena, const char *(*getenv)(const char *),
                                  const char *folder);
/* One that was described to az ("az cloud register"); false when it was not. */
bool wgo_azure_az_registered(struct wgo_arena *arena, const char *folder, struct wgo_str name,
                             struct wgo_azure_cloud *out);
/* The last value of the key in the text of one of az's configuration files; "" when there is none.
 */
struct wgo_str wgo_azure_ini_value(struct wgo_str text, struct wgo_str section, struct wgo_str key);

#endif
