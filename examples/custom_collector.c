/* custom_collector.c: a collector of one's own: every file of a folder is a resource.
 *
 *     cc custom_collector.c $(pkg-config --cflags --libs wgo) -o custom_collector
 *     ./custom_collector FOLDER > snapshot.json
 *
 * A collector reads something and emits resources; threads, deadlines, merging, redaction and the
 * snapshot are the library's. A file called *.secret shows how a sensitive value is kept out: its
 * first line goes into the configuration, and only its digest into the snapshot. */
#include <wgo.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const sensitive[] = {"content", NULL};

/* Names of files may hold anything; a real collector has a JSON library for this. */
static int plain_text(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == '"' || *text == '\\') {
            return 0;
        }
    }
    return 1;
}

static void first_line(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "r");
    out[0] = '\0';
    if (file) {
        if (!fgets(out, (int)size, file)) {
            out[0] = '\0';
        }
        out[strcspn(out, "\r\n")] = '\0';
        fclose(file);
    }
}

static enum wgo_code emit_file(struct wgo_context *context, const char *folder, const char *name,
                               struct wgo_problem *problem)
{
    char path[4096], id[4200], folder_id[4200], configuration[1024], content[256] = "";
    struct stat info;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (!plain_text(path) || stat(path, &info) != 0) {
        struct wgo_problem unseen = {.kind = "DENIED", .operation = "local_file"};
        snprintf(unseen.scope, sizeof(unseen.scope), "%.100s", folder);
        snprintf(unseen.message, sizeof(unseen.message), "%.200s cannot be looked at", name);
        wgo_report(context, &unseen);
        return WGO_COMPLETE; /* one file less, and the snapshot says so */
    }
    size_t len = strlen(name);
    if (len > 7 && strcmp(name + len - 7, ".secret") == 0) {
        first_line(path, content, sizeof(content));
    }
    snprintf(id, sizeof(id), "file://%s", path);
    snprintf(folder_id, sizeof(folder_id), "file://%s", folder);
    snprintf(configuration, sizeof(configuration), "{\"size\":%lld,\"mode\":\"%03o\"%s%s%s}",
             (long long)info.st_size, (unsigned)(info.st_mode & 0777),
             content[0] ? ",\"content\":\"" : "", plain_text(content) ? content : "?",
             content[0] ? "\"" : "");

    const char *ending = strrchr(name, '.');
    const struct wgo_setting tags[] = {{"ending", ending ? ending + 1 : "none"}};
    const char *const dependencies[] = {folder_id};
    const struct wgo_resource resource = {
        .id = id,
        .type = "local_file",
        .name = name,
        .account = folder,
        .configuration = configuration,
        .tags = tags,
        .tag_count = 1,
        .dependencies = dependencies,
        .dependency_count = 1,
    };
    return wgo_emit(context, &resource, problem);
}

static enum wgo_code collect(struct wgo_context *context, void *user, struct wgo_problem *problem)
{
    const char *folder = wgo_setting_value(context, "folder", 0);
    (void)user;
    DIR *dir = folder ? opendir(folder) : NULL;
    if (!dir) {
        snprintf(problem->message, sizeof(problem->message), "%.300s: cannot be opened",
                 folder ? folder : "no folder");
        snprintf(problem->hint, sizeof(problem->hint), "give the folder as the first argument");
        return WGO_MISUSED;
    }
    enum wgo_code code = WGO_COMPLETE;
    for (struct dirent *entry; code == WGO_COMPLETE && (entry = readdir(dir));) {
        if (wgo_cancelled(context)) {
            break;
        }
        if (entry->d_name[0] != '.') {
            code = emit_file(context, folder, entry->d_name, problem);
        }
    }
    closedir(dir);
    return code;
}

static void on_resource(void *user, const char *provider, const char *json, size_t len)
{
    (void)provider;
    (void)json;
    (void)len;
    ++*(unsigned *)user;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return WGO_MISUSED;
    }
    unsigned seen = 0;
    const struct wgo_collector collector = {
        .name = "folder", .collect = collect, .sensitive = sensitive};
    const struct wgo_setting settings[] = {{"folder", argv[1]}};
    const struct wgo_provider provider = {.settings = settings, .setting_count = 1};
    const struct wgo_events events = {.user = &seen, .resource = on_resource};
    struct wgo_problem problem = {0};
    struct wgo_result *result = NULL;

    struct wgo *wgo = wgo_open(NULL, &problem);
    enum wgo_code code =
        wgo ? wgo_add_collector(wgo, &collector, &provider, &problem) : problem.code;
    if (code == WGO_COMPLETE) {
        code = wgo_scan(wgo, &events, &result, &problem);
    }
    if (code != WGO_COMPLETE) {
        fprintf(stderr, "%s: %s\n", problem.provider, problem.message);
    }
    const char *json = result ? wgo_result_json(result, NULL, &problem) : NULL;
    if (json) {
        fprintf(stderr, "%u files seen\n", seen);
        fputs(json, stdout);
    }
    wgo_result_free(result);
    wgo_close(wgo);
    return (int)code;
}
