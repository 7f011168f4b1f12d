#include "page.h"
#include "base/sha256.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 64, NAME_MAX_ = 32, IDS_MAX = 64 };

struct reader {
    const char *at;
    char open[DEPTH_MAX][NAME_MAX_], ids[IDS_MAX][NAME_MAX_];
    int depth, n_ids;
};

static bool is_void(const char *name) {
    static const char *const names[] = { "meta", "img", "br", "input", "wbr" };
    for (size_t i = 0; i < LK_COUNT(names); i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

static void read_name(struct reader *r, char name[NAME_MAX_]) {
    size_t n = 0;
    while (isalnum((unsigned char)r->at[n]) || r->at[n] == '-') n++;
    if (n == 0 || n >= NAME_MAX_) fail_msg("expected a name, got \"%.40s\"", r->at);
    snprintf(name, NAME_MAX_, "%.*s", (int)n, r->at);
    r->at += n;
}

static void note_id(struct reader *r, const char *value, int n) {
    if (r->n_ids == IDS_MAX || n >= NAME_MAX_) fail_msg("too many ids");
    snprintf(r->ids[r->n_ids], NAME_MAX_, "%.*s", n, value);
    for (int i = 0; i < r->n_ids; i++)
        if (strcmp(r->ids[i], r->ids[r->n_ids]) == 0) fail_msg("two ids %s", r->ids[i]);
    r->n_ids++;
}

/* Returns whether the tag ends in "/>". */
static bool read_attributes(struct reader *r) {
    for (;;) {
        char name[NAME_MAX_];
        r->at += strspn(r->at, " \n");
        if (*r->at == '>') return r->at++, false;
        if (strncmp(r->at, "/>", 2) == 0) return r->at += 2, true;
        read_name(r, name);
        if (strcmp(name, "style") == 0 || strncmp(name, "on", 2) == 0)
            fail_msg("the policy forbids the attribute %s", name);
        if (*r->at != '=') continue;
        if (*++r->at != '"') fail_msg("expected a quote, got \"%.40s\"", r->at);
        size_t n = strcspn(++r->at, "\"");
        if (memchr(r->at, '<', n)) fail_msg("markup in an attribute: \"%.40s\"", r->at);
        if (strcmp(name, "id") == 0) note_id(r, r->at, (int)n);
        r->at += n + 1;
    }
}

static void read_end(struct reader *r) {
    char name[NAME_MAX_];
    read_name(r, name);
    if (*r->at++ != '>') fail_msg("expected > after </%s", name);
    if (!r->depth || strcmp(r->open[r->depth - 1], name) != 0)
        fail_msg("expected </%s>, got </%s>", r->depth ? r->open[r->depth - 1] : "", name);
    r->depth--;
}

static void read_begin(struct reader *r) {
    char name[NAME_MAX_], end[NAME_MAX_ + 4];
    read_name(r, name);
    if (read_attributes(r) || is_void(name)) return;
    if (r->depth == DEPTH_MAX) fail_msg("too deep");
    snprintf(r->open[r->depth++], NAME_MAX_, "%s", name);
    if (strcmp(name, "style") != 0 && strcmp(name, "script") != 0) return;
    snprintf(end, sizeof end, "</%s>", name);
    r->at = strstr(r->at, end);
    if (!r->at) fail_msg("expected %s", end);
}

/* Text has no markup, and each & begins an entity. */
static void read_text(struct reader *r) {
    for (; *r->at && *r->at != '<'; r->at++) {
        if (*r->at == '>') fail_msg("a > in text: \"%.40s\"", r->at);
        if (*r->at == '&' && !strchr("algqn#", r->at[1])) fail_msg("a & in text: \"%.40s\"", r->at);
    }
}

void assert_well_formed(const char *page) {
    static const char begin[] = "<!DOCTYPE html>\n";
    struct reader r = { .at = page + sizeof begin - 1 };
    assert_int_equal(strncmp(page, begin, sizeof begin - 1), 0);
    while (read_text(&r), *r.at) {
        r.at++;
        if (*r.at == '/')
            r.at++, read_end(&r);
        else
            read_begin(&r);
    }
    if (r.depth) fail_msg("<%s> has no end", r.open[r.depth - 1]);
}

/* Whether the policy has the hash of the element <NAME>. */
static void assert_hashed(const char *page, const char *policy, const char *name) {
    char begin[16], end[16], directive[128];
    lk_text hash = { 0 };
    uint8_t bytes[LK_SHA256_BYTES];
    snprintf(begin, sizeof begin, "<%s>", name);
    snprintf(end, sizeof end, "</%s>", name);
    const char *first = strstr(page, begin);
    assert_non_null(first);
    first += strlen(begin);
    lk_sha256(first, (size_t)(strstr(first, end) - first), bytes);
    lk_sha256_base64(bytes, sizeof bytes, &hash);
    snprintf(directive, sizeof directive, "; %s-src 'sha256-%s'", name, hash.data);
    assert_contains(policy, directive);
    lk_text_deinit(&hash);
    assert_null(strstr(first, begin)); /* there is no other */
}

void assert_closed(const char *page) {
    static const char head[] = "<meta http-equiv=\"Content-Security-Policy\" content=\"";
    static const char *const urls[] = {
        "http:", "https:", "src=\"/", "href=\"/", "url(", "@import"
    };
    char policy[1024];
    const char *at = strstr(page, head);
    assert_non_null(at);
    at += sizeof head - 1;
    snprintf(policy, sizeof policy, "%.*s", (int)strcspn(at, "\""), at);
    assert_int_equal(
        strncmp(policy, "default-src 'none'; img-src data:; ", strlen("default-src 'none'")), 0);
    assert_null(strstr(policy, "unsafe"));
    assert_null(strchr(policy, '*'));
    assert_hashed(page, policy, "style");
    assert_hashed(page, policy, "script");
    for (size_t i = 0; i < LK_COUNT(urls); i++) {
        const char *found = strstr(page, urls[i]);
        if (found && strncmp(found, "http://www.w3.org/2000/svg", 26) != 0)
            fail_msg("the page names %.60s", found);
    }
}
