/* certs.h: certificates made on the spot, for servers that live as long as a test. */
#ifndef TESTS_NET_CERTS_H
#define TESTS_NET_CERTS_H

struct cert {
    char *cert_pem, *key_pem;
};

/* Self-signed, so it is its own CA; 'names' as in a subjectAltName:
 * "DNS:localhost,IP:127.0.0.1". */
struct cert cert_make(const char *common_name, const char *names);
void cert_free(struct cert *cert);
/* Writes a file; aborts the test when it cannot. */
void write_file(const char *dir, const char *name, const char *text);

#endif
