#include "model/secret_names.h"

enum match {
    WHOLE,
    ENDS,
};

#define NAME(text, match, secrecy)                                                                 \
    {                                                                                              \
        {text, sizeof(text) - 1}, match, secrecy                                                   \
    }

/* Lower case letters and digits only, as fold() leaves them. */
static const struct {
    struct wgo_str text;
    enum match match;
    enum wgo_secrecy secrecy;
} names[] = {
    NAME("password", ENDS, WGO_SECRECY_VALUE),
    NAME("passwd", ENDS, WGO_SECRECY_VALUE),
    NAME("passphrase", ENDS, WGO_SECRECY_VALUE),
    NAME("passwordhash", ENDS, WGO_SECRECY_VALUE),
    NAME("secret", ENDS, WGO_SECRECY_VALUE),
    NAME("secretstring", ENDS, WGO_SECRECY_VALUE),
    NAME("secretbinary", ENDS, WGO_SECRECY_VALUE),
    NAME("secretdata", ENDS, WGO_SECRECY_VALUE),
    NAME("secretvalue", ENDS, WGO_SECRECY_VALUE),
    NAME("token", ENDS, WGO_SECRECY_VALUE),
    NAME("accesskey", ENDS, WGO_SECRECY_VALUE),
    NAME("secretkey", ENDS, WGO_SECRECY_VALUE),
    NAME("sharedkey", ENDS, WGO_SECRECY_VALUE),
    NAME("privatekey", ENDS, WGO_SECRECY_VALUE),
    NAME("privatekeypem", ENDS, WGO_SECRECY_VALUE),
    NAME("privatekeypkcs8", ENDS, WGO_SECRECY_VALUE),
    NAME("privatekeypempkcs8", ENDS, WGO_SECRECY_VALUE),
    NAME("privatekeyopenssh", ENDS, WGO_SECRECY_VALUE),
    NAME("privatekeydata", ENDS, WGO_SECRECY_VALUE),
    NAME("apikey", ENDS, WGO_SECRECY_VALUE),
    NAME("authkey", ENDS, WGO_SECRECY_VALUE),
    NAME("accountkey", ENDS, WGO_SECRECY_VALUE),
    NAME("clientkey", ENDS, WGO_SECRECY_VALUE),
    NAME("clientkeydata", ENDS, WGO_SECRECY_VALUE),
    NAME("primarykey", ENDS, WGO_SECRECY_VALUE),
    NAME("secondarykey", ENDS, WGO_SECRECY_VALUE),
    NAME("signingkey", ENDS, WGO_SECRECY_VALUE),
    NAME("presharedkey", ENDS, WGO_SECRECY_VALUE),
    NAME("rawkey", ENDS, WGO_SECRECY_VALUE),
    NAME("keymaterial", ENDS, WGO_SECRECY_VALUE),
    NAME("saskey", ENDS, WGO_SECRECY_VALUE),
    NAME("sasurl", ENDS, WGO_SECRECY_VALUE),
    NAME("sasuri", ENDS, WGO_SECRECY_VALUE),
    NAME("connectionstring", ENDS, WGO_SECRECY_VALUE),
    NAME("connectionstrings", ENDS, WGO_SECRECY_DEEP),
    NAME("credentials", ENDS, WGO_SECRECY_VALUE),
    NAME("plaintext", ENDS, WGO_SECRECY_VALUE),
    NAME("plaintextvalue", ENDS, WGO_SECRECY_VALUE),
    NAME("bcrypthash", ENDS, WGO_SECRECY_VALUE),
    NAME("smtppasswordv4", ENDS, WGO_SECRECY_VALUE),
    NAME("certificatep12", ENDS, WGO_SECRECY_VALUE),
    NAME("authorization", WHOLE, WGO_SECRECY_VALUE),
    NAME("searchstring", WHOLE,
         WGO_SECRECY_VALUE), /* of web ACLs: what a header is compared with */
    NAME("dockerconfigjson", ENDS, WGO_SECRECY_VALUE),
    NAME("userdata", ENDS, WGO_SECRECY_VALUE),
    NAME("userdatabase64", ENDS, WGO_SECRECY_VALUE),
    NAME("customdata", ENDS, WGO_SECRECY_VALUE),
    NAME("startupscript", ENDS, WGO_SECRECY_VALUE),
    NAME("shutdownscript", ENDS, WGO_SECRECY_VALUE),
    NAME("startupscriptps1", ENDS, WGO_SECRECY_VALUE),
    NAME("kubeenv", WHOLE, WGO_SECRECY_VALUE),
    NAME("kubeconfig", ENDS, WGO_SECRECY_DEEP),
    NAME("kubeconfigraw", ENDS, WGO_SECRECY_VALUE),
    NAME("kubeadminconfig", WHOLE, WGO_SECRECY_DEEP),
    NAME("kubeadminconfigraw", WHOLE, WGO_SECRECY_VALUE),
    NAME("lastappliedconfiguration", ENDS, WGO_SECRECY_DEEP),
    NAME("protectedsettings", WHOLE, WGO_SECRECY_DEEP),
    NAME("sensitivecontent", WHOLE, WGO_SECRECY_VALUE),
    NAME("env", WHOLE, WGO_SECRECY_PAIRS),
    NAME("envvars", ENDS, WGO_SECRECY_PAIRS),
    NAME("environmentvariable", ENDS, WGO_SECRECY_PAIRS),
    NAME("environmentvariables", ENDS, WGO_SECRECY_PAIRS),
    NAME("environmentsecrets", ENDS, WGO_SECRECY_PAIRS),
    NAME("appsettings", ENDS, WGO_SECRECY_PAIRS),
    NAME("httpheaders", WHOLE, WGO_SECRECY_PAIRS),
    NAME("configvars", ENDS, WGO_SECRECY_PAIRS),
};

/* Lower case, without '_' and '-'; 0 when longer than any name in the table has to be read. */
static size_t fold(struct wgo_str name, char out[64])
{
    size_t len = 0;
    /* Only the end counts, and whole names are short. */
    size_t from = name.len > 63 ? name.len - 63 : 0;
    for (size_t i = from; i < name.len; i++) {
        char c = name.ptr[i];
        if (c != '_' && c != '-') {
            out[len++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        }
    }
    return len;
}

enum wgo_secrecy wgo_secrecy_of(struct wgo_str name)
{
    char folded[64];
    struct wgo_str text = {folded, fold(name, folded)};
    for (size_t i = 0; i < WGO_COUNT(names) && text.len > 0; i++) {
        struct wgo_str known = names[i].text;
        if (known.ptr[known.len - 1] != text.ptr[text.len - 1]) {
            continue; /* most are not even that alike */
        }
        if (names[i].match == WHOLE ? wgo_str_eq(text, known) : wgo_str_ends(text, known)) {
            return names[i].secrecy;
        }
    }
    return WGO_SECRECY_NONE;
}

enum wgo_secrecy wgo_secrecy_below(enum wgo_secrecy above, enum wgo_secrecy named, bool scalar)
{
    if (above == WGO_SECRECY_DEEP || named == WGO_SECRECY_DEEP) {
        return WGO_SECRECY_DEEP;
    }
    if (above == WGO_SECRECY_PAIRS) {
        return above;
    }
    return named == WGO_SECRECY_PAIRS && scalar ? WGO_SECRECY_NONE : named; /* env: production */
}

bool wgo_secret_pair(struct wgo_str raw)
{
    enum wgo_secrecy named = raw.len > 2 && raw.ptr[0] == '"'
                                 ? wgo_secrecy_of(wgo_str_slice(raw, 1, raw.len - 1))
                                 : WGO_SECRECY_NONE;
    return named == WGO_SECRECY_VALUE || named == WGO_SECRECY_DEEP;
}

/* scheme://user:password@host: from behind the "://". */
static bool has_password(const char *at, const char *end)
{
    const char *colon = NULL;
    for (; at < end; at++) {
        if (*at == '@') {
            return colon && at > colon + 1;
        }
        if (*at == '/' || *at == '?' || *at == '#' || *at == ' ' || *at == '"') {
            return false;
        }
        colon = *at == ':' && !colon ? at : colon;
    }
    return false;
}

bool wgo_secret_text(struct wgo_str text)
{
    static const char pem[] = "PRIVATE KEY-----";
    const char *at = text.ptr, *end = text.ptr + text.len;
    if (text.len < 8) {
        return false;
    }
    while ((at = memmem(at, (size_t)(end - at), "://", 3))) {
        at += 3;
        if (has_password(at, end)) {
            return true;
        }
    }
    return text.len > sizeof(pem) && memmem(text.ptr, text.len, pem, sizeof(pem) - 1);
}
