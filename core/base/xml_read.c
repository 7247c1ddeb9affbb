/* Reading XML as it streams by. */
#include "base/xml.h"

#include <expat.h>
#include <limits.h>

void wgo_xml_stop(struct wgo_xml_reader *reader, enum wgo_status status, const char *problem)
{
    if (!reader->status) {
        reader->status = status;
        reader->problem = problem;
        XML_StopParser(reader->parser, XML_FALSE);
    }
}

static void XMLCALL on_doctype(void *state, const char *name, const char *system_id,
                               const char *public_id, int has_subset)
{
    (void)name, (void)system_id, (void)public_id, (void)has_subset;
    wgo_xml_stop(state, WGO_E_PARSE, "a document type declaration is not accepted");
}

/* A document cut short is the commonest fault: it gets words of its own. */
static const char *problem_text(enum XML_Error problem)
{
    switch (problem) {
    case XML_ERROR_NO_ELEMENTS:
    case XML_ERROR_UNCLOSED_TOKEN:
    case XML_ERROR_PARTIAL_CHAR:
    case XML_ERROR_UNCLOSED_CDATA_SECTION:
        return "the document ends too early";
    default:
        return XML_ErrorString(problem);
    }
}

static enum wgo_status fail_here(const struct wgo_xml_reader *reader, struct wgo_error *err)
{
    enum wgo_status status = reader->status;
    const char *problem = reader->problem;
    if (!status) {
        enum XML_Error error = XML_GetErrorCode(reader->parser);
        status = error == XML_ERROR_NO_MEMORY ? WGO_E_NOMEM : WGO_E_PARSE;
        problem = problem_text(error);
    }
    return wgo_fail(err, status, "line %lu, column %lu: %s",
                    (unsigned long)XML_GetCurrentLineNumber(reader->parser),
                    (unsigned long)XML_GetCurrentColumnNumber(reader->parser) + 1, problem);
}

enum wgo_status wgo_xml_read(struct wgo_xml_reader *reader, const struct wgo_xml_handlers *handlers,
                             struct wgo_str document, struct wgo_error *err)
{
    if (document.len > INT_MAX) {
        return wgo_fail(err, WGO_E_TOO_LARGE, "an XML document of %zu bytes", document.len);
    }
    XML_Parser parser =
        handlers->namespaces ? XML_ParserCreateNS(NULL, '\n') : XML_ParserCreate(NULL);
    if (!parser) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    *reader = (struct wgo_xml_reader){.parser = parser};
    XML_SetUserData(parser, reader);
    XML_SetElementHandler(parser, handlers->start, handlers->end);
    XML_SetCharacterDataHandler(parser, handlers->text);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);

    enum wgo_status status = WGO_OK;
    /* All at once: fed in pieces, expat would scan a long token anew for every piece. */
    const char *bytes = document.len ? document.ptr : "";
    if (XML_Parse(parser, bytes, (int)document.len, XML_TRUE) != XML_STATUS_OK) {
        status = fail_here(reader, err);
    }
    XML_ParserFree(parser);
    reader->parser = NULL;
    return status;
}
