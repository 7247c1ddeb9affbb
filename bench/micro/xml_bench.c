/* xml_bench.c: how fast XML answers become JSON, beside expat alone in the same run.
 *
 * One page of about 1 MB as DescribeInstances sends it is generated in memory. Each round takes
 * every reader over it; the figure is the median of the rounds, in millions of bytes of page a
 * second, and the ratio to expat with handlers that do nothing. With --json the figures come as
 * JSON. */
#include "aws/xml_json.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/xml.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAGE_SIZE = 1000 * 1000, ROUNDS = 41 };

static void put_network(struct wgo_buf *out, unsigned n)
{
    wgo_buf_format(
        out,
        "                    <networkInterfaceSet>\n                        <item>\n"
        "                            <networkInterfaceId>eni-%017x</networkInterfaceId>\n"
        "                            <subnetId>subnet-%08x</subnetId>\n"
        "                            <vpcId>vpc-%08x</vpcId>\n"
        "                            <description>Primary network interface</description>\n"
        "                            <ownerId>123456789012</ownerId>\n"
        "                            <status>in-use</status>\n"
        "                            <macAddress>02:dd:2c:5e:01:%02x</macAddress>\n"
        "                            <privateIpAddress>10.0.%u.%u</privateIpAddress>\n"
        "                            <sourceDestCheck>true</sourceDestCheck>\n"
        "                            <groupSet>\n                                <item>\n"
        "                                    <groupId>sg-%08x</groupId>\n"
        "                                    <groupName>web &amp; api</groupName>\n"
        "                                </item>\n                            </groupSet>\n"
        "                            <attachment>\n"
        "                                <attachmentId>eni-attach-%08x</attachmentId>\n"
        "                                <deviceIndex>0</deviceIndex>\n"
        "                                <status>attached</status>\n"
        "                                <attachTime>2024-03-%02uT08:14:12.000Z</attachTime>\n"
        "                                <deleteOnTermination>true</deleteOnTermination>\n"
        "                            </attachment>\n"
        "                            <ipv6AddressesSet/>\n"
        "                        </item>\n                    </networkInterfaceSet>\n",
        n, n % 40, n % 7, n % 256, n / 250 % 250, n % 250, n % 90, n, n % 28 + 1);
}

static void put_instance(struct wgo_buf *out, unsigned n)
{
    wgo_buf_format(
        out,
        "        <item>\n            <reservationId>r-%017x</reservationId>\n"
        "            <ownerId>123456789012</ownerId>\n            <groupSet/>\n"
        "            <instancesSet>\n                <item>\n"
        "                    <instanceId>i-%017x</instanceId>\n"
        "                    <imageId>ami-0abcdef%08x</imageId>\n"
        "                    <instanceState>\n                        <code>16</code>\n"
        "                        <name>running</name>\n                    </instanceState>\n"
        "                    <privateDnsName>ip-10-0-%u-%u.eu-west-1.compute.internal"
        "</privateDnsName>\n                    <dnsName/>\n                    <reason/>\n"
        "                    <keyName>deploy</keyName>\n"
        "                    <amiLaunchIndex>%u</amiLaunchIndex>\n"
        "                    <productCodes/>\n"
        "                    <instanceType>m5.xlarge</instanceType>\n"
        "                    <launchTime>2024-03-%02uT08:14:12.000Z</launchTime>\n"
        "                    <placement>\n"
        "                        <availabilityZone>eu-west-1%c</availabilityZone>\n"
        "                        <groupName/>\n                        <tenancy>default</tenancy>\n"
        "                    </placement>\n"
        "                    <monitoring>\n                        <state>disabled</state>\n"
        "                    </monitoring>\n"
        "                    <subnetId>subnet-%08x</subnetId>\n"
        "                    <vpcId>vpc-%08x</vpcId>\n"
        "                    <privateIpAddress>10.0.%u.%u</privateIpAddress>\n"
        "                    <sourceDestCheck>true</sourceDestCheck>\n"
        "                    <architecture>x86_64</architecture>\n"
        "                    <rootDeviceType>ebs</rootDeviceType>\n"
        "                    <rootDeviceName>/dev/xvda</rootDeviceName>\n"
        "                    <blockDeviceMapping>\n                        <item>\n"
        "                            <deviceName>/dev/xvda</deviceName>\n"
        "                            <ebs>\n"
        "                                <volumeId>vol-%017x</volumeId>\n"
        "                                <status>attached</status>\n"
        "                                <attachTime>2024-03-%02uT08:14:13.000Z</attachTime>\n"
        "                                <deleteOnTermination>true</deleteOnTermination>\n"
        "                            </ebs>\n                        </item>\n"
        "                    </blockDeviceMapping>\n"
        "                    <virtualizationType>hvm</virtualizationType>\n"
        "                    <clientToken>%08x-0f7a-4c1a-8a51-%012x</clientToken>\n"
        "                    <tagSet>\n",
        n, n, n % 12, n / 250 % 250, n % 250, n % 3, n % 28 + 1, (char)('a' + n % 3), n % 40, n % 7,
        n / 250 % 250, n % 250, n, n % 28 + 1, n, n);
    static const char *const keys[] = {"Name", "team", "environment", "cost-centre"};
    for (unsigned i = 0; i < WGO_COUNT(keys); i++) {
        wgo_buf_format(out,
                       "                        <item>\n"
                       "                            <key>%s</key>\n"
                       "                            <value>checkout-%u-%u</value>\n"
                       "                        </item>\n",
                       keys[i], i, n % 50);
    }
    wgo_buf_cstr(out, "                    </tagSet>\n                    <hypervisor>xen"
                      "</hypervisor>\n");
    put_network(out, n);
    wgo_buf_cstr(out, "                    <ebsOptimized>false</ebsOptimized>\n"
                      "                    <cpuOptions>\n"
                      "                        <coreCount>2</coreCount>\n"
                      "                        <threadsPerCore>2</threadsPerCore>\n"
                      "                    </cpuOptions>\n                </item>\n"
                      "            </instancesSet>\n        </item>\n");
}

static void put_page(struct wgo_buf *out)
{
    wgo_buf_cstr(out,
                 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeInstancesResponse "
                 "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\n    <requestId>8f7724cf-"
                 "496f-496e-8fe3-example</requestId>\n    <reservationSet>\n");
    for (unsigned n = 0; out->len < PAGE_SIZE; n++) {
        put_instance(out, n);
    }
    wgo_buf_cstr(out, "    </reservationSet>\n</DescribeInstancesResponse>\n");
}

/* ---- the readers ---- */

static const struct wgo_aws_output *output;

static void nothing_starts(void *state, const char *name, const char **attributes)
{
    (void)state, (void)name, (void)attributes;
}

static void nothing_ends(void *state, const char *name)
{
    (void)state, (void)name;
}

static void nothing_said(void *state, const char *text, int len)
{
    (void)state, (void)text, (void)len;
}

static bool with_expat(const struct wgo_response *response)
{
    XML_Parser parser = XML_ParserCreate(NULL);
    XML_SetElementHandler(parser, nothing_starts, nothing_ends);
    XML_SetCharacterDataHandler(parser, nothing_said);
    bool ok = XML_Parse(parser, response->body.ptr, (int)response->body.len, XML_TRUE) != 0;
    XML_ParserFree(parser);
    return ok;
}

static bool with_tree(const struct wgo_response *response)
{
    struct wgo_arena arena = {0};
    struct wgo_xml *root = NULL;
    bool ok = wgo_xml_parse(&arena, wgo_buf_view(&response->body), &root, NULL) == WGO_OK;
    wgo_arena_fini(&arena);
    return ok;
}

static bool with_decoder(const struct wgo_response *response)
{
    struct wgo_buf out = {0};
    bool ok = wgo_aws_xml_to_json(output, response, &out, NULL) == WGO_OK;
    wgo_buf_fini(&out);
    return ok;
}

struct reader {
    const char *name;
    bool (*read)(const struct wgo_response *response);
    double seconds[ROUNDS];
};

static int by_value(const void *a, const void *b)
{
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

static double median_rate(struct reader *reader, size_t bytes)
{
    qsort(reader->seconds, ROUNDS, sizeof(double), by_value);
    return (double)bytes / 1e6 / reader->seconds[ROUNDS / 2];
}

static bool measure(struct reader *readers, size_t count, const struct wgo_response *response)
{
    struct wgo_clock *clock = wgo_clock_system();
    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < count; i++) {
            struct wgo_mono start = wgo_clock_mono(clock);
            if (!readers[i].read(response)) {
                return false;
            }
            readers[i].seconds[round] = (double)wgo_mono_sub(wgo_clock_mono(clock), start) / 1e9;
        }
    }
    return true;
}

/* --only READER --times N: that reader's work and no other, for callgrind. */
static bool repeat(const struct reader *readers, size_t count, const struct wgo_response *response,
                   const char *name, unsigned long times)
{
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        bool here = strcmp(readers[i].name, name) == 0;
        found = found || here;
        for (unsigned long n = 0; here && n < times; n++) {
            if (!readers[i].read(response)) {
                return false;
            }
        }
    }
    printf("{\"operations\":%lu}\n", times);
    return found;
}

static void report(struct reader *readers, size_t count, size_t page, size_t json_len, bool json)
{
    double expat = median_rate(&readers[0], page);
    if (json) {
        printf("{\"page_bytes\":%zu,\"json_bytes\":%zu", page, json_len);
    } else {
        printf("DescribeInstances page of %zu bytes, %zu of JSON\n", page, json_len);
    }
    for (size_t i = 0; i < count; i++) {
        double rate = i == 0 ? expat : median_rate(&readers[i], page);
        if (json) {
            printf(",\"%s\":{\"mb_per_s\":%.1f,\"of_expat\":%.3f}", readers[i].name, rate,
                   rate / expat);
        } else {
            printf("%-8s %7.1f MB/s  %.2f of expat\n", readers[i].name, rate, rate / expat);
        }
    }
    printf(json ? "}\n" : "");
}

int main(int argc, char **argv)
{
    struct reader readers[] = {
        {.name = "expat", .read = with_expat},
        {.name = "decoder", .read = with_decoder},
        {.name = "tree", .read = with_tree},
    };
    struct wgo_aws_shapes *shapes = NULL;
    struct wgo_response response;
    struct wgo_buf out = {0};
    wgo_response_init(&response);
    put_page(&response.body);
    bool only = argc == 5 && strcmp(argv[1], "--only") == 0 && strcmp(argv[3], "--times") == 0;
    bool ok =
        wgo_aws_shapes_new(&shapes, NULL) == WGO_OK &&
        wgo_aws_shapes_find(shapes, WGO_STR("ec2"), WGO_STR("DescribeInstances"), &output, NULL) ==
            WGO_OK &&
        wgo_aws_xml_to_json(output, &response, &out, NULL) == WGO_OK &&
        wgo_json_check(wgo_buf_view(&out), NULL) == WGO_OK &&
        (only ? repeat(readers, WGO_COUNT(readers), &response, argv[2], strtoul(argv[4], NULL, 10))
              : measure(readers, WGO_COUNT(readers), &response));
    if (ok && !only) {
        report(readers, WGO_COUNT(readers), response.body.len, out.len,
               argc > 1 && strcmp(argv[1], "--json") == 0);
    }
    wgo_buf_fini(&out);
    wgo_response_fini(&response);
    wgo_aws_shapes_free(shapes);
    return ok ? 0 : 1;
}
