#include "k8s/kubeconfig.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/conf.h"
#include "core/text.h"
#include "k8s/access.h"
#include "k8s/clusters.h"

static void add_context(struct fc_text *t, const char *context, const char *cluster,
                        const char *user, bool first)
{
    fc_text_printf(t, "%s{\"name\":", first ? "" : ",");
    fc_text_json(t, fc_str_of(context));
    fc_text_puts(t, ",\"context\":{\"cluster\":");
    fc_text_json(t, fc_str_of(cluster));
    fc_text_puts(t, ",\"user\":");
    fc_text_json(t, fc_str_of(user));
    fc_text_puts(t, "}}");
}

static void add_contexts(struct fc_text *t, const struct k8s_clusters *clusters,
                         const struct k8s_users *users)
{
    size_t i, k;
    const struct k8s_user *user;

    for (i = 0; i < clusters->count; i++) {
        const char *cluster = clusters->at[i]->name;

        user = k8s_users_at(users, 0);
        add_context(t, cluster, cluster, user != NULL ? k8s_user_name(user) : "anonymous", i == 0);
        for (k = 0; (user = k8s_users_at(users, k)) != NULL; k++) {
            struct fc_text name = {0};

            fc_text_printf(&name, "%s@%s", k8s_user_name(user), cluster);
            add_context(t, name.data, cluster, k8s_user_name(user), false);
            fc_text_fini(&name);
        }
    }
}

static void write_private(const char *path, const struct fc_text *t)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0 || write(fd, t->data, t->len) != (ssize_t)t->len || close(fd) != 0) {
        fc_die("%s: %s", path, strerror(errno));
    }
}

void fc_kubeconfig_write(struct json_object *scenario, const char *path, unsigned port)
{
    struct k8s_users *users = k8s_users_new(scenario);
    struct k8s_clusters *clusters = k8s_clusters_new(scenario);
    const struct k8s_user *user;
    struct fc_text t = {0};
    size_t i;

    fc_text_puts(&t,
                 "{\"apiVersion\":\"v1\",\"kind\":\"Config\",\"preferences\":{},\"clusters\":[");
    for (i = 0; i < clusters->count; i++) {
        fc_text_puts(&t, i > 0 ? ",{\"name\":" : "{\"name\":");
        fc_text_json(&t, fc_str_of(clusters->at[i]->name));
        fc_text_printf(&t, ",\"cluster\":{\"server\":\"http://127.0.0.1:%u/clusters/%s\"}}", port,
                       clusters->at[i]->name);
    }
    fc_text_puts(&t, "],\"users\":[");
    for (i = 0; (user = k8s_users_at(users, i)) != NULL; i++) {
        fc_text_puts(&t, i > 0 ? ",{\"name\":" : "{\"name\":");
        fc_text_json(&t, fc_str_of(k8s_user_name(user)));
        fc_text_puts(&t, ",\"user\":");
        k8s_user_kubeconfig(user, &t);
        fc_text_puts(&t, "}");
    }
    if (i == 0) {
        fc_text_puts(&t, "{\"name\":\"anonymous\",\"user\":{}}");
    }
    fc_text_puts(&t, "],\"contexts\":[");
    add_contexts(&t, clusters, users);
    fc_text_puts(&t, "],\"current-context\":");
    fc_text_json(&t, fc_str_of(clusters->at[0]->name));
    fc_text_puts(&t, "}\n");
    write_private(path, &t);
    fc_text_fini(&t);
    k8s_clusters_free(clusters);
    k8s_users_free(users);
}
