/* big_state.c: a state of a million resources and half a gigabyte, read with the memory of a small
 * one.
 *
 *   big_state [RESOURCES [MEGABYTES [LIMIT]]]
 *
 * Writes the state to TMPDIR, collects it with records thrown away, and fails unless every
 * resource came out and peak memory stayed under LIMIT [160] MB (not looked at under a sanitizer,
 * whose memory it would be). Half of the resources are blocks of their own, which is
 * what the index costs most for; the others are instances of one block. All depend on something. */
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static void write_instance(FILE *file, const char *key, unsigned long at, const char *padding)
{
    fprintf(file,
            "        {\n          %s\"schema_version\": 1,\n          \"attributes\": {\n"
            "            \"arn\": \"arn:aws:ec2:eu-west-1:123456789012:instance/i-%08lx\",\n"
            "            \"id\": \"i-%08lx\",\n            \"ami\": \"ami-0123456789\",\n"
            "            \"user_data\": \"#!/bin/sh %lu\",\n"
            "            \"padding\": \"%s\",\n"
            "            \"tags\": {\n              \"Name\": \"web-%lu\"\n            }\n"
            "          },\n          \"sensitive_attributes\": [],\n"
            "          \"dependencies\": [\n            \"aws_vpc.main\",\n"
            "            \"aws_instance.r%lu\"\n          ]\n        }",
            key, at, at, at, padding, at, at / 2);
}

static void write_state(FILE *file, unsigned long count, const char *padding)
{
    fputs("{\n  \"version\": 4,\n  \"terraform_version\": \"1.9.0\",\n  \"serial\": 1,\n"
          "  \"lineage\": \"11111111-2222-3333-4444-555555555555\",\n  \"outputs\": {},\n"
          "  \"resources\": [\n",
          file);
    fputs("    {\n      \"mode\": \"managed\",\n      \"type\": \"aws_vpc\",\n"
          "      \"name\": \"main\",\n      \"instances\": [{\"attributes\": {\"id\": \"v\"}}]\n"
          "    }",
          file);
    for (unsigned long at = 1; at < count / 2; at++) {
        fprintf(file,
                ",\n    {\n      \"mode\": \"managed\",\n      \"type\": \"aws_instance\",\n"
                "      \"name\": \"r%lu\",\n      \"instances\": [\n",
                at);
        write_instance(file, "", at, padding);
        fputs("\n      ]\n    }", file);
    }
    fputs(",\n    {\n      \"mode\": \"managed\",\n      \"type\": \"aws_instance\",\n"
          "      \"name\": \"many\",\n      \"instances\": [\n",
          file);
    for (unsigned long at = count / 2; at < count; at++) {
        char key[64];
        snprintf(key, sizeof(key), "\"index_key\": %lu,\n          ", at);
        write_instance(file, key, at, padding);
        fputs(at + 1 < count ? ",\n" : "\n", file);
    }
    fputs("      ]\n    }\n  ]\n}\n", file);
}

static const char *no_environment(const char *name)
{
    (void)name;
    return NULL;
}

int main(int argc, char **argv)
{
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
    unsigned long megabytes = argc > 2 ? strtoul(argv[2], NULL, 10) : 520;
    long limit_mb = argc > 3 ? strtol(argv[3], NULL, 10) : 160;
    const char *folder = getenv("TMPDIR");
    char path[4096], padding[4096];
    enum { BARE = 620 }; /* bytes of an instance without padding, about */
    size_t pad = count ? megabytes * 1000000 / count : 0;
    pad = pad > BARE ? pad - BARE : 0;
    pad = pad < sizeof(padding) - 1 ? pad : sizeof(padding) - 1;
    memset(padding, 'x', pad);
    padding[pad] = '\0';
    if (count < 4) {
        fprintf(stderr, "big_state: at least 4 resources\n");
        return 2;
    }
    snprintf(path, sizeof(path), "%s/wgo-big-XXXXXX.tfstate",
             folder && folder[0] ? folder : "/tmp");
    int fd = mkstemps(path, (int)strlen(".tfstate"));
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!file) {
        perror(path);
        return 1;
    }
    write_state(file, count, padding);
    long size = ftell(file);
    if (fclose(file) != 0) {
        perror(path);
        unlink(path);
        return 1;
    }
    struct wgo_str files[] = {wgo_str(path)};
    const struct wgo_provider_options options = {.state_files = {files, 1},
                                                 .working_directory = ""};
    struct fake fake;
    struct wgo_error err = {0};
    struct timespec start, end;
    fake_init(&fake);
    fake.quiet = true;
    clock_gettime(CLOCK_MONOTONIC, &start);
    enum wgo_status status = fake_collect(&fake, &options, no_environment, &err);
    clock_gettime(CLOCK_MONOTONIC, &end);
    unlink(path);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double seconds =
        (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    printf("%.0f MB, %u of %lu resources, %.1f s, %.0f MB/s, ru_maxrss %.1f MB\n",
           (double)size / 1e6, fake.record_count, count, seconds, (double)size / 1e6 / seconds,
           (double)usage.ru_maxrss / 1024);
    bool good = status == WGO_OK && fake.record_count == count &&
                wgo_rows_complete(fake.services.rows) &&
                (SANITIZED || usage.ru_maxrss < limit_mb * 1024);
    if (!good) {
        fprintf(stderr, "FAILED: %s %.*s\n", err.message, WGO_FMT(wgo_buf_view(&fake.problems)));
    }
    fake_fini(&fake);
    return good ? 0 : 1;
}
