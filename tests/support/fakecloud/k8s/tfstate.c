#include "k8s/tfstate.h"

#include "core/conf.h"
#include "core/file.h"
#include "core/reply.h"

static void add(struct json_object *obj, const char *key, const char *value)
{
    json_object_object_add(obj, key, json_object_new_string(value));
}

struct json_object *k8s_tfstate_secret(struct json_object *conf, const char *where)
{
    static const char *const keys[] = {"file", "namespace", "workspace", "suffix", NULL};
    const char *file = fc_conf_str(conf, where, "file", NULL);
    const char *workspace = fc_conf_str(conf, where, "workspace", "default");
    const char *suffix = fc_conf_str(conf, where, "suffix", "state");
    struct json_object *secret = json_object_new_object();
    struct json_object *meta = fc_conf_ensure(secret, "metadata");
    struct json_object *labels = json_object_new_object();
    struct fc_text name = {0}, plain = {0}, packed = {0}, text = {0};
    struct fc_source gzip;

    fc_conf_only(conf, where, keys);
    if (file == NULL) {
        fc_die("%s: a state needs a file", where);
    }
    fc_file_read(file, &plain);
    gzip = fc_source_gzip(fc_source_static(plain.data, plain.len));
    fc_source_drain(&gzip, &packed);
    fc_text_base64(&text, packed.data, packed.len, false);
    fc_text_printf(&name, "tfstate-%s-%s", workspace, suffix);

    add(secret, "apiVersion", "v1");
    add(secret, "kind", "Secret");
    add(secret, "type", "Opaque");
    add(fc_conf_ensure(secret, "data"), "tfstate", text.data);
    add(meta, "name", name.data);
    add(meta, "namespace", fc_conf_str(conf, where, "namespace", "default"));
    add(labels, "app.kubernetes.io/managed-by", "terraform"); /* Not a dotted path. */
    add(labels, "tfstate", "true");
    add(labels, "tfstateSecretSuffix", suffix);
    add(labels, "tfstateWorkspace", workspace);
    json_object_object_add(meta, "labels", labels);
    add(fc_conf_ensure(meta, "annotations"), "encoding", "gzip");
    fc_text_fini(&name);
    fc_text_fini(&plain);
    fc_text_fini(&packed);
    fc_text_fini(&text);
    return secret;
}
