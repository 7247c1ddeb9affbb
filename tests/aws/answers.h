/* answers.h: what AWS's credential services say, for tests. */
#ifndef TESTS_AWS_ANSWERS_H
#define TESTS_AWS_ANSWERS_H

#define STS_CREDENTIALS(id, expires)                                                               \
    "<Credentials><AccessKeyId>" id "</AccessKeyId><SecretAccessKey>secret-of-" id                 \
    "</SecretAccessKey><SessionToken>token-of-" id "</SessionToken><Expiration>" expires           \
    "</Expiration></Credentials>"
#define STS_ROLE(id, expires)                                                                      \
    "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>"   \
    "<AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/r/s</Arn></"                                \
    "AssumedRoleUser>" STS_CREDENTIALS(id, expires) "</AssumeRoleResult></AssumeRoleResponse>"
#define STS_WEB(id, expires)                                                                       \
    "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult>" STS_CREDENTIALS(        \
        id, expires) "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
#define STS_ERROR(code, message)                                                                   \
    "<ErrorResponse><Error><Type>Sender</Type><Code>" code "</Code><Message>" message              \
    "</Message></Error><RequestId>x</RequestId></ErrorResponse>"
#define METADATA(id, expires)                                                                      \
    "{\"Code\":\"Success\",\"AccessKeyId\":\"" id "\",\"SecretAccessKey\":\"secret-of-" id         \
    "\",\"Token\":\"token-of-" id "\",\"Expiration\":\"" expires "\"}"

#endif
