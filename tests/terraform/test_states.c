/* Which states are found and which of them count. */
#include "helper.h"

#include "terraform/source.h"
#include "terraform/terraform.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static struct scratch s;

static void setup(void)
{
    scratch_init(&s);
}

static void teardown(void)
{
    scratch_fini(&s);
}

TestSuite(states, .init = setup, .fini = teardown);

/* A state with one resource whose id attribute is 'id'. */
static const char *state(const char *lineage, int serial, const char *id)
{
    struct wgo_str text = wgo_str_format(
        &s.arena,
        "{\"version\": 4, \"lineage\": \"%s\", \"serial\": %d, \"resources\": [{\"mode\": "
        "\"managed\", \"type\": \"aws_vpc\", \"name\": \"v\", \"instances\": [{\"attributes\": "
        "{\"id\": \"%s\"}}]}]}",
        lineage, serial, id);
    return wgo_str_cstr(&s.arena, text);
}

static void add_path(const char *path)
{
    s.paths[s.options.paths.count++] = wgo_str(path);
}

static bool is_mentioned(const struct wgo_buf *buf, const char *text)
{
    struct wgo_str all = wgo_buf_view(buf);
    return wgo_str_find(all, wgo_str(text)) < all.len;
}

/* ---- which count ---- */

Test(states, the_same_bytes_count_once)
{
    scratch_state(&s, "b/x.tfstate", state("lin", 1, "one"));
    scratch_state(&s, "a/y.tfstate", state("lin", 1, "one"));
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    cr_expect_eq(s.fake.record_count, 1);
    struct wgo_str r = scratch_record(&s, "native_id", "one");
    cr_expect_str_eq(scratch_text(&s, r, "id"), "terraform://lin/aws_vpc.v", "no tag needed");
    cr_expect_str_eq(scratch_row(&s, "a/y.tfstate").status, "ok");
    struct scratch_row row = scratch_row(&s, "b/x.tfstate");
    cr_expect_str_eq(row.status, "skipped");
    cr_expect(wgo_str_starts(wgo_str(row.error), WGO_STR("the same state as ")), "%s", row.error);
}

Test(states, one_file_named_twice_is_one)
{
    scratch_state(&s, "x.tfstate", state("lin", 1, "one"));
    s.files[s.options.state_files.count++] = s.files[0];
    cr_assert_eq(symlink(s.files[0].ptr, scratch_path(&s, "link.tfstate")), 0);
    add_path(s.folder);
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    cr_expect_eq(s.fake.record_count, 1);
    cr_expect_eq(wgo_rows_count(s.fake.services.rows), 1);
}

Test(states, the_highest_serial_of_a_folder_wins)
{
    scratch_state(&s, "a/old.tfstate", state("lin", 1, "one"));
    scratch_state(&s, "a/new.tfstate", state("lin", 2, "two"));
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    cr_expect_eq(s.fake.record_count, 1);
    struct wgo_str r = scratch_record(&s, "native_id", "two");
    cr_expect_str_eq(scratch_text(&s, r, "id"), "terraform://lin/aws_vpc.v");
    struct scratch_row row = scratch_row(&s, "a/old.tfstate");
    cr_expect_str_eq(row.status, "skipped");
    cr_expect(is_mentioned(&s.fake.warnings, "higher serial (2, not 1)"));
}

Test(states, different_states_that_share_a_lineage_are_kept_apart)
{
    scratch_state(&s, "a/x.tfstate", state("lin", 1, "one"));
    scratch_state(&s, "b/x.tfstate", state("lin", 2, "two"));
    scratch_state(&s, "c/x.tfstate", state("other", 2, "three"));
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    cr_expect_eq(s.fake.record_count, 3);
    const char *one = scratch_text(&s, scratch_record(&s, "native_id", "one"), "id");
    const char *two = scratch_text(&s, scratch_record(&s, "native_id", "two"), "id");
    cr_expect(wgo_str_glob(WGO_STR("terraform://lin@[0-9a-f]*/aws_vpc.v"), wgo_str(one)), "%s",
              one);
    cr_expect(wgo_str_glob(WGO_STR("terraform://lin@[0-9a-f]*/aws_vpc.v"), wgo_str(two)), "%s",
              two);
    cr_expect_str_neq(one, two);
    cr_expect_str_eq(scratch_text(&s, scratch_record(&s, "native_id", "three"), "id"),
                     "terraform://other/aws_vpc.v");
    cr_expect(is_mentioned(&s.fake.warnings, "2 different states share the lineage lin"));
    /* The tag comes from the place, not from the order. */
    s.options.state_files.count = 2;
    struct wgo_str swap = s.files[0];
    s.files[0] = s.files[1];
    s.files[1] = swap;
    wgo_rows_free(s.fake.services.rows);
    s.fake.services.rows = wgo_rows_new();
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    cr_expect_str_eq(scratch_text(&s, scratch_record(&s, "native_id", "one"), "id"), one);
}

Test(states, without_a_lineage)
{
    scratch_state(&s, "a.tfstate",
                  "{\"version\": 4, \"resources\": [{\"type\": \"t_t\", \"name\": "
                  "\"n\", \"instances\": [{\"attributes\": {\"id\": \"1\"}}]}]}");
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    cr_expect_str_eq(scratch_text(&s, scratch_record(&s, "native_id", "1"), "id"),
                     "terraform://-/t_t.n");
    cr_expect_eq(s.fake.warnings.len, 0);
}

Test(states, a_lineage_is_encoded)
{
    scratch_state(&s, "a.tfstate", state("a/b c", 1, "one"));
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    cr_expect_str_eq(scratch_text(&s, scratch_record(&s, "native_id", "one"), "id"),
                     "terraform://a%2Fb%20c/aws_vpc.v");
}

/* ---- where they are found ---- */

Test(states, folders_are_walked)
{
    static const char *const found[] = {"terraform.tfstate", "app.tfstate",
                                        "terraform.tfstate.d/dev/terraform.tfstate",
                                        "deep/er/still/x.tfstate", "show.tfstate.json"};
    static const char *const passed_over[] = {
        "terraform.tfstate.backup",       "node_modules/x.tfstate", ".git/x.tfstate", "notes.txt",
        ".terraform/modules/m/x.tfstate", "x.tfstate.lock.info"};
    for (size_t i = 0; i < WGO_COUNT(found); i++) {
        char lineage[16];
        snprintf(lineage, sizeof(lineage), "l%zu", i);
        scratch_file(&s, found[i], wgo_str(state(lineage, 1, found[i])));
    }
    for (size_t i = 0; i < WGO_COUNT(passed_over); i++) {
        scratch_file(&s, passed_over[i], wgo_str(state(passed_over[i], 1, "no")));
    }
    cr_assert_eq(symlink(s.folder, scratch_path(&s, "deep/loop")), 0);
    add_path(s.folder);
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    cr_expect_eq(s.fake.record_count, WGO_COUNT(found));
    for (size_t i = 0; i < WGO_COUNT(found); i++) {
        scratch_record(&s, "native_id", found[i]);
    }
    cr_expect_eq(wgo_rows_count(s.fake.services.rows), WGO_COUNT(found));
}

Test(states, an_empty_folder_says_so)
{
    const char *path = scratch_path(&s, "empty/x");
    (void)path;
    add_path("empty");
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    struct scratch_row row = scratch_row(&s, "empty");
    cr_expect_str_eq(row.status, "skipped");
    cr_expect_str_eq(row.error, "no Terraform state was found in this folder");
}

Test(states, gzipped)
{
    const char *text = state("lin", 1, "packed");
    gzFile file = gzopen(scratch_path(&s, "a.tfstate.gz"), "wb");
    cr_assert_eq(gzwrite(file, text, (unsigned)strlen(text)), (int)strlen(text));
    gzclose(file);
    scratch_file(&s, "b.tfstate.gz", WGO_STR("\x1f\x8b\x08 broken"));
    add_path(".");
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    scratch_record(&s, "native_id", "packed");
    cr_expect_str_eq(scratch_row(&s, "a.tfstate.gz").status, "ok");
    struct scratch_row row = scratch_row(&s, "b.tfstate.gz");
    cr_expect_str_eq(row.status, "error");
    cr_expect(wgo_str_starts(wgo_str(row.error), WGO_STR("damaged gzip data")), "%s", row.error);
}

Test(states, a_gzip_file_that_ends_too_early)
{
    const char *path = scratch_path(&s, "a.tfstate.gz");
    const char *text = state("lin", 1, "packed");
    gzFile file = gzopen(path, "wb");
    gzwrite(file, text, (unsigned)strlen(text));
    gzclose(file);
    struct stat info;
    cr_assert_eq(stat(path, &info), 0);
    cr_assert_eq(truncate(path, info.st_size - 12), 0);
    add_path(".");
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    cr_expect_eq(s.fake.record_count, 0);
    cr_expect_str_eq(scratch_row(&s, "a.tfstate.gz").error, "the gzip data ends too early");
}

Test(states, a_pipe_is_read_once)
{
    const char *path = scratch_path(&s, "pipe");
    const char *text = state("lin", 1, "piped");
    cr_assert_eq(mkfifo(path, 0600), 0);
    s.files[s.options.state_files.count++] = wgo_str(path);
    pid_t child = fork();
    if (child == 0) {
        FILE *file = fopen(path, "w");
        fputs(text, file);
        fclose(file);
        _exit(0);
    }
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    scratch_record(&s, "native_id", "piped");
}

Test(states, a_pipe_without_end_is_taken_up_to_a_limit)
{
    struct wgo_tf_spool spool;
    struct wgo_tf_source source;
    struct wgo_error err = {0};
    int fds[2];
    wgo_tf_spool_init(&spool);
    cr_assert_eq(pipe(fds), 0);
    cr_assert_eq(write(fds[1], "12345678", 8), 8);
    cr_expect_eq(wgo_tf_spool_drain(&spool, fds[0], 7, &source, &err), WGO_E_TOO_LARGE);
    cr_expect_str_eq(err.message, "larger than 7 bytes");
    cr_expect_eq(spool.size, 0);
    cr_assert_eq(write(fds[1], "1234567", 7), 7);
    close(fds[1]);
    cr_expect_eq(wgo_tf_spool_drain(&spool, fds[0], 7, &source, &err), WGO_OK);
    cr_expect_eq(source.size, 7);
    close(fds[0]);
    wgo_tf_spool_fini(&spool);
}

Test(states, globs)
{
    scratch_file(&s, "one-a.tfstate", wgo_str(state("a", 1, "a")));
    scratch_file(&s, "one-b.tfstate", wgo_str(state("b", 1, "b")));
    scratch_file(&s, "two.tfstate", wgo_str(state("c", 1, "c")));
    s.files[s.options.state_files.count++] = WGO_STR("one-*.tfstate");
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    cr_expect_eq(s.fake.record_count, 2);
}

struct bad_input {
    const char *file, *path;
    enum wgo_status status;
    const char *message; /* how it ends */
};

Test(states, what_was_named_must_be_there)
{
    static const struct bad_input cases[] = {
        {"missing.tfstate", NULL, WGO_E_NOT_FOUND, "missing.tfstate: No such file or directory"},
        {"*.missing", NULL, WGO_E_NOT_FOUND, "*.missing: nothing matches"},
        {"folder", NULL, WGO_E_CONFIG, "folder: is a folder, not a file"},
        {"/dev/zero", NULL, WGO_E_CONFIG, "/dev/zero: is a device, not a file"},
        {NULL, "missing", WGO_E_NOT_FOUND, "missing: No such file or directory"},
        {NULL, "folder/a.tfstate", WGO_E_CONFIG, "a.tfstate: is not a folder"},
    };
    scratch_file(&s, "folder/a.tfstate", wgo_str(state("a", 1, "a")));
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        s.options.state_files.count = s.options.paths.count = 0;
        if (cases[i].file) {
            s.files[s.options.state_files.count++] = wgo_str(cases[i].file);
        } else {
            add_path(cases[i].path);
        }
        cr_expect_eq(scratch_collect(&s), cases[i].status, "case %zu", i);
        cr_expect(wgo_str_ends(wgo_str(s.err.message), wgo_str(cases[i].message)), "%s",
                  s.err.message);
        cr_expect_eq(wgo_status_exit_code(s.err.status), 2);
    }
}

/* ---- what .terraform records ---- */

Test(states, the_recorded_local_backend_is_followed)
{
    scratch_file(
        &s, "proj/.terraform/terraform.tfstate",
        WGO_STR("{\"version\": 3, \"serial\": 1, \"lineage\": \"x\", \"backend\": {\"type\": "
                "\"local\", \"config\": {\"path\": \"../kept/main.json\", \"workspace_dir\": "
                "\"ws\"}, \"hash\": 1}, \"modules\": []}"));
    scratch_file(&s, "kept/main.json", wgo_str(state("a", 1, "main")));
    scratch_file(&s, "proj/ws/dev/terraform.tfstate", wgo_str(state("b", 1, "dev")));
    add_path("proj");
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    cr_expect_eq(s.fake.record_count, 2);
    scratch_record(&s, "native_id", "main");
    scratch_record(&s, "native_id", "dev");
    cr_expect_str_eq(scratch_row(&s, "kept/main.json").status, "ok");
}

Test(states, a_backend_that_is_not_known_says_so)
{
    scratch_file(&s, "other/.terraform/terraform.tfstate",
                 WGO_STR("{\"version\": 3, \"backend\": {\"type\": \"inmem\", \"config\": {}}}"));
    add_path(s.folder);
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    struct scratch_row row = scratch_row(&s, "/other");
    cr_expect_str_eq(row.status, "error");
    cr_expect_str_eq(row.error, "backend \"inmem\" is not known");
}

Test(states, a_state_an_old_terraform_cached_is_a_state)
{
    scratch_file(&s, "proj/.terraform/terraform.tfstate", wgo_str(state("a", 1, "cached")));
    add_path("proj");
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    scratch_record(&s, "native_id", "cached");
}

/* ---- configured or not ---- */

static enum wgo_configured configured(char reason[256])
{
    const struct wgo_collector_env env = {
        .options = &s.options, .services = &s.fake.services, .getenv = NULL};
    return wgo_terraform_collector.configured(&env, reason);
}

Test(states, configured_by_what_lies_in_the_working_folder)
{
    char reason[256];
    scratch_file(&s, "below/terraform.tfstate", wgo_str(state("a", 1, "below")));
    cr_expect_eq(configured(reason), WGO_NOT_CONFIGURED, "%s", reason);
    scratch_file(&s, "terraform.tfstate.d/w/terraform.tfstate", wgo_str(state("b", 1, "w")));
    cr_expect_eq(configured(reason), WGO_CONFIGURED);
    cr_expect(wgo_str_ends(wgo_str(reason), WGO_STR("in the working folder")), "%s", reason);
    scratch_file(&s, "app.tfstate", wgo_str(state("c", 1, "app")));
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    cr_expect_eq(s.fake.record_count, 2, "folders below are not the working folder's business");
}

Test(states, settings_name_files_and_folders)
{
    char reason[256];
    scratch_file(&s, "x/a.tfstate", wgo_str(state("a", 1, "a")));
    scratch_file(&s, "y/b.tfstate", wgo_str(state("b", 1, "b")));
    scratch_configure(&s,
                      "providers:\n  terraform:\n    state_files: x/a.tfstate\n    paths: [y]\n");
    cr_expect_eq(configured(reason), WGO_CONFIGURED);
    cr_assert_eq(scratch_collect(&s), WGO_OK, "%s", s.err.message);
    cr_expect_eq(s.fake.record_count, 2);
    /* The command line speaks alone. */
    s.fake.record_count = 0;
    wgo_rows_free(s.fake.services.rows);
    s.fake.services.rows = wgo_rows_new();
    add_path("y");
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    cr_expect_eq(s.fake.record_count, 1);
}

Test(states, the_environment_names_folders)
{
    static const char *variables[] = {"WGO_TERRAFORM_PATH=x:y", NULL};
    scratch_file(&s, "x/a.tfstate", wgo_str(state("a", 1, "a")));
    scratch_file(&s, "y/b.tfstate", wgo_str(state("b", 1, "b")));
    scratch_environment(variables);
    cr_assert_eq(scratch_collect(&s), WGO_OK, "%s", s.err.message);
    cr_expect_eq(s.fake.record_count, 2);
}

/* ---- the end of a scan ---- */

Test(states, a_cancelled_scan_keeps_what_it_has_and_says_so)
{
    scratch_state(&s, "a.tfstate", state("a", 1, "a"));
    scratch_state(&s, "b.tfstate", state("b", 1, "b"));
    s.fake.cancel_after = 1;
    cr_expect_eq(scratch_collect(&s), WGO_E_CANCELLED);
    cr_expect_eq(s.fake.record_count, 1);
    cr_expect_str_eq(scratch_row(&s, "a.tfstate").status, "ok");
    cr_expect_str_eq(scratch_row(&s, "b.tfstate").status, "limited");
}

static const char *victim;

static void spoil_the_file(const struct wgo_record *record)
{
    (void)record;
    FILE *file = fopen(victim, "a");
    fputs("\n", file);
    fclose(file);
}

Test(states, a_file_that_changes_meanwhile)
{
    scratch_state(&s, "a.tfstate", state("a", 1, "a"));
    scratch_state(&s, "b.tfstate", state("b", 1, "b"));
    s.fake.each = spoil_the_file;
    victim = s.files[1].ptr;
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    cr_expect_eq(s.fake.record_count, 1);
    struct scratch_row row = scratch_row(&s, "b.tfstate");
    cr_expect_str_eq(row.error, "the file changed while it was read");
    /* Already on its way out: what was read is kept, and marked. */
    wgo_rows_free(s.fake.services.rows);
    s.fake.services.rows = wgo_rows_new();
    victim = s.files[0].ptr;
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    row = scratch_row(&s, "a.tfstate");
    cr_expect_str_eq(row.status, "ok");
    cr_expect(row.inconsistent);
}

struct findings {
    unsigned count, bad;
    char detail[512];
};

static void take_finding(void *state_, const struct wgo_finding *finding)
{
    struct findings *findings = state_;
    findings->count++;
    findings->bad += finding->status != WGO_OK;
    if (finding->status == WGO_OK) {
        snprintf(findings->detail, sizeof(findings->detail), "%s", finding->detail);
    }
}

Test(states, validate_describes_without_collecting)
{
    void *self = NULL;
    struct findings findings = {0};
    struct wgo_error err = {0};
    const struct wgo_collector_env env = {.options = &s.options, .services = &s.fake.services};
    scratch_state(&s, "a.tfstate", state("lin", 7, "a"));
    scratch_state(&s, "b.tfstate", "{");
    cr_assert_eq(wgo_terraform_collector.open(&env, &self, &err), WGO_OK);
    cr_assert_eq(
        wgo_terraform_collector.validate(self, &s.fake.services, take_finding, &findings, &err),
        WGO_OK);
    wgo_terraform_collector.close(self);
    cr_expect_eq(findings.count, 2);
    cr_expect_eq(findings.bad, 1);
    cr_expect_str_eq(findings.detail, "version 4, lineage lin, serial 7, written by Terraform ?, 1 "
                                      "resources, 0 data sources");
    cr_expect_eq(s.fake.record_count, 0);
}
