/* kql_lex.c: the words of a query, and what is said of those that do not fit. */
#include <string.h>

#include "azure/kql_impl.h"

/* '$' in 'fmt' stands for 'what'. */
void az_kql_fail(struct az_parser *p, const char *code, const char *fmt, struct fc_str what)
{
    const char *place = fmt + strcspn(fmt, "$");
    struct fc_text text = {0};

    if (p->failed) {
        return;
    }
    p->failed = true;
    fc_text_add(&text, fmt, (size_t)(place - fmt));
    fc_text_add(&text, what.p, what.n);
    fc_text_puts(&text, *place != '\0' ? place + 1 : "");
    fc_text_printf(
        p->why,
        "[{\"code\":\"InvalidQuery\",\"message\":\"Query is invalid. Please refer to the "
        "documentation for the Azure Resource Graph service and fix the error before "
        "retrying.\"},{\"code\":\"%s\",\"message\":",
        code);
    fc_text_json(p->why, (struct fc_str){text.data, text.len});
    if (strcmp(code, "ParserFailure") == 0) {
        fc_text_printf(p->why,
                       ",\"line\":1,\"characterPositionInLine\":%zu,\"token\":", p->token.at);
        fc_text_json(p->why, p->token.text);
    }
    fc_text_puts(p->why, "}]");
    fc_text_fini(&text);
}

static bool wordy(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == '$';
}

void az_kql_next(struct az_parser *p)
{
    static const char *const marks[] = {"==", "=~", "!=", "!~", "<=", ">="};
    struct az_token *t = &p->token;
    size_t i;

    for (;;) {
        p->at += strspn(p->at, " \t\r\n");
        if (p->at[0] != '/' || p->at[1] != '/') {
            break;
        }
        p->at += strcspn(p->at, "\n");
    }
    t->at = (size_t)(p->at - p->q->text);
    t->text = (struct fc_str){p->at, 1};
    t->kind = TOK_MARK;
    if (*p->at == '\0') {
        t->kind = TOK_END;
        t->text.n = 0;
        return;
    }
    if (*p->at == '\'' || *p->at == '"') {
        const char *end = strchr(p->at + 1, *p->at);

        t->kind = TOK_STRING;
        t->text = (struct fc_str){p->at + 1, end != NULL ? (size_t)(end - p->at - 1) : 0};
        if (end == NULL) {
            az_kql_fail(p, "ParserFailure", "A string is not closed", (struct fc_str){"", 0});
        }
        p->at = end != NULL ? end + 1 : p->at + strlen(p->at);
        return;
    }
    for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (strncmp(p->at, marks[i], 2) == 0) {
            t->text.n = 2;
        }
    }
    if (wordy(*p->at) || (*p->at == '!' && wordy(p->at[1]))) {
        t->kind = *p->at >= '0' && *p->at <= '9' ? TOK_NUMBER : TOK_WORD;
        for (t->text.n = 1; wordy(p->at[t->text.n]); t->text.n++) {
        }
        if (p->at[t->text.n] == '~') {
            t->text.n++; /* in~, has~... */
        }
    }
    p->at += t->text.n;
}

bool az_kql_is(const struct az_parser *p, const char *text)
{
    return p->token.kind != TOK_STRING && p->token.kind != TOK_END &&
           fc_str_eq(p->token.text, text);
}

bool az_kql_skip(struct az_parser *p, const char *text)
{
    if (!az_kql_is(p, text)) {
        return false;
    }
    az_kql_next(p);
    return true;
}

void az_kql_want(struct az_parser *p, const char *text)
{
    if (!az_kql_skip(p, text)) {
        az_kql_fail(p, "ParserFailure", "ParserFailure near '$'", p->token.text);
    }
}

struct fc_str az_kql_inside(struct az_parser *p)
{
    struct fc_str inside = {p->at, 0};

    if (!az_kql_is(p, "(") || strchr(p->at, ')') == NULL) {
        az_kql_fail(p, "ParserFailure", "ParserFailure near '$'", p->token.text);
        return inside;
    }
    inside.n = strcspn(p->at, ")");
    p->at += inside.n + 1;
    az_kql_next(p);
    return inside;
}
