/* loading.h: catalogs from the texts of their files, for tests of what they say.
 *
 * Ownership: texts are borrowed; catalogs are freed by the test. Threads: none.
 * Failure:   load_files() fails the test, refusal() returns the message. */
#ifndef TESTS_CATALOG_LOADING_H
#define TESTS_CATALOG_LOADING_H

#include "catalog/catalog.h"

/* The files "0.yaml", "1.yaml" ... with the texts given, up to a NULL. */
struct wgo_catalog *load_files(const char *const *texts);
struct wgo_catalog *load_text(const char *text);
/* What is said of a file that is refused; until the next call. */
const char *refusal(const char *text);
const char *refusal_of(const char *const *texts);
const struct wgo_entry *entry_of(const struct wgo_catalog *catalog, const char *name);
/* The source of a template, for comparisons. */
bool is_source(const struct wgo_template *text, const char *want);

#endif
