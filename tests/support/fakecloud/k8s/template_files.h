/* template_files.h: the files of templates/, embedded by the build (cmake/embed.cmake). */
#ifndef FC_K8S_TEMPLATE_FILES_H
#define FC_K8S_TEMPLATE_FILES_H

#include <stddef.h>

struct k8s_template_file {
    const char *name; /* Without ".json". */
    const char *text;
    size_t size;
};

extern const struct k8s_template_file k8s_template_files[];
extern const size_t k8s_template_file_count;

#endif
