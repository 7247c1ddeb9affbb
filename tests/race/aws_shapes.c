/* Many threads ask for shapes of services that nobody has parsed yet, and decode with them. */
#include "aws/xml_json.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 8, ROUNDS = 20 };

static const struct {
    const char *service, *operation, *body;
} asked[] = {
    {"ec2", "DescribeRegions",
     "<DescribeRegionsResponse><regionInfo><item><regionName>r</regionName></item></regionInfo>"
     "</DescribeRegionsResponse>"},
    {"sts", "GetCallerIdentity",
     "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account>"
     "</GetCallerIdentityResult></GetCallerIdentityResponse>"},
    {"s3", "ListBuckets", "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>"},
};

static void require(bool true_always, const char *what)
{
    if (!true_always) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

static void *ask(void *state)
{
    struct wgo_aws_shapes *shapes = state;
    for (size_t i = 0; i < WGO_COUNT(asked); i++) {
        const struct wgo_aws_output *output = NULL;
        struct wgo_response response;
        struct wgo_buf out = {0};
        wgo_response_init(&response);
        wgo_buf_cstr(&response.body, asked[i].body);
        require(wgo_aws_shapes_find(shapes, wgo_str(asked[i].service), wgo_str(asked[i].operation),
                                    &output, NULL) == WGO_OK,
                "a shape is found");
        require(wgo_aws_xml_to_json(output, &response, &out, NULL) == WGO_OK && out.len > 2,
                "an answer is decoded");
        wgo_buf_fini(&out);
        wgo_response_fini(&response);
    }
    return NULL;
}

int main(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct wgo_aws_shapes *shapes = NULL;
        pthread_t threads[THREADS];
        require(wgo_aws_shapes_new(&shapes, NULL) == WGO_OK, "shapes are made");
        for (int i = 0; i < THREADS; i++) {
            require(pthread_create(&threads[i], NULL, ask, shapes) == 0, "a thread starts");
        }
        for (int i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
        }
        wgo_aws_shapes_free(shapes);
    }
    printf("%d rounds of %d threads\n", ROUNDS, THREADS);
    return 0;
}
