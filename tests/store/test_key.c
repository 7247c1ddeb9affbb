/* The redaction key: whose it is, that it stays, that processes agree on it. */
#include "place.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct place place;

static void set_up(void)
{
    place_make(&place);
}

static void tear_down(void)
{
    place_remove(&place);
}

TestSuite(store_key, .init = set_up, .fini = tear_down);

static struct wgo_redactor redactor_of(struct wgo_store *store, const char *key_file)
{
    struct wgo_redactor redactor;
    struct wgo_error err = {0};
    cr_assert_eq(wgo_store_redactor(store, key_file, &redactor, &err), WGO_OK, "%s", err.message);
    return redactor;
}

Test(store_key, is_made_once_and_stays)
{
    struct wgo_store *store = place_store(&place, NULL, NULL);
    struct wgo_redactor first = redactor_of(store, NULL), second = redactor_of(store, NULL);
    wgo_store_close(store);
    store = place_store(&place, NULL, NULL);
    struct wgo_redactor third = redactor_of(store, NULL);
    cr_assert(first.keyed);
    cr_assert_str_eq(first.key_id, second.key_id);
    cr_assert_str_eq(first.key_id, third.key_id);
    cr_assert_eq(place_count(&place, "redact.key"), 1, "no temporary file is left");
    wgo_store_close(store);
}

static const char *environment_key;

static const char *fake_getenv(const char *name)
{
    return strcmp(name, "WGO_REDACT_KEY") == 0 ? environment_key : NULL;
}

static struct wgo_store *store_with_environment(const char *key)
{
    char warning[512];
    struct wgo_store *store;
    struct wgo_store_options options = {.state_dir = place.dir, .getenv = fake_getenv};
    environment_key = key;
    cr_assert_eq(wgo_store_open(&options, &store, warning, NULL), WGO_OK);
    return store;
}

Test(store_key, file_then_environment_then_folder)
{
    place_write(&place, "mine", "0123456789abcdef\r\n", 18);
    place_write(&place, "same", "0123456789abcdef", 16);
    struct wgo_store *store = store_with_environment("fedcba9876543210");
    char mine[256];
    snprintf(mine, sizeof(mine), "%s", place_path(&place, "mine"));
    struct wgo_redactor file = redactor_of(store, mine);
    struct wgo_redactor same = redactor_of(store, place_path(&place, "same"));
    struct wgo_redactor variable = redactor_of(store, NULL);
    environment_key = "0123456789abcdef";
    struct wgo_redactor same_again = redactor_of(store, NULL);
    environment_key = "";
    struct wgo_redactor folder = redactor_of(store, NULL);
    cr_assert_str_eq(file.key_id, same.key_id, "the line's end is no part of the key");
    cr_assert_str_eq(file.key_id, same_again.key_id);
    cr_assert_str_neq(file.key_id, variable.key_id);
    cr_assert(folder.keyed);
    cr_assert_str_neq(folder.key_id, variable.key_id);
    wgo_store_close(store);
}

static void refused(struct wgo_store *store, const char *key_file, const char *part)
{
    struct wgo_redactor redactor;
    struct wgo_error err = {0};
    memset(&redactor, 0x5A, sizeof(redactor));
    cr_assert_eq(wgo_store_redactor(store, key_file, &redactor, &err), WGO_E_CONFIG, "%s",
                 key_file ? key_file : part);
    cr_assert_eq(err.status, WGO_E_CONFIG);
    cr_assert(strstr(err.message, part), "%s", err.message);
    cr_assert_eq(((unsigned char *)&redactor)[0], 0x5A, "a failure leaves 'out' alone");
}

Test(store_key, a_bad_one_is_a_configuration_error)
{
    place_write(&place, "short", "0123456789\n", 11);
    place_write(&place, "empty", "", 0);
    struct wgo_store *store = store_with_environment("short");
    refused(store, NULL, "WGO_REDACT_KEY");
    refused(store, place_path(&place, "missing"), "missing");
    refused(store, place_path(&place, "short"), "short");
    refused(store, place_path(&place, "empty"), "empty");
    refused(store, place.dir, "directory");
    environment_key = NULL;
    place_write(&place, "redact.key", "", 0);
    refused(store, NULL, "redact.key");
    wgo_store_close(store);
}

Test(store_key, processes_that_start_at_once_agree)
{
    enum { PROCESSES = 16 };
    int pipes[2];
    cr_assert_eq(pipe(pipes), 0);
    pid_t children[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        cr_assert(children[i] >= 0);
        if (children[i] == 0) {
            char warning[512];
            struct wgo_redactor redactor = {0};
            struct wgo_store *store = place_store(&place, NULL, warning);
            (void)!wgo_store_redactor(store, NULL, &redactor, NULL);
            bool cached = wgo_store_cache(store) != NULL;
            bool told = write(pipes[1], redactor.key_id, 17) == 17;
            wgo_store_close(store);
            _exit(told && cached ? 0 : 1);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        cr_assert_eq(waitpid(children[i], &status, 0), children[i]);
        cr_assert_eq(status, 0, "each has its key and a cache");
    }
    char first[17], other[17];
    cr_assert_eq(read(pipes[0], first, 17), 17);
    cr_assert_eq(strlen(first), 16);
    for (int i = 1; i < PROCESSES; i++) {
        cr_assert_eq(read(pipes[0], other, 17), 17);
        cr_assert_str_eq(first, other);
    }
    cr_assert_eq(place_count(&place, "redact.key"), 1);
}
