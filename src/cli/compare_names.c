/* Which pictures of two folders belong together: by name, then by name without the extension. */
#include "cli/compare_names.h"

#include <stdlib.h>
#include <string.h>

/* A picture without a partner of the same name. */
struct single {
    const char *name;
    size_t n_stem; /* bytes of the name before its extension */
    int index;
};

struct singles {
    const struct lk_listing *list;
    struct single *v;
    int n;
};

static void add(struct singles *singles, int index) {
    const char *name = singles->list->items[index].name, *slash = strrchr(name, '/'),
               *dot = strrchr(slash ? slash : name, '.');
    singles->v[singles->n++] =
        (struct single){ name, dot ? (size_t)(dot - name) : strlen(name), index };
}

static int compare_stems(const struct single *a, const struct single *b) {
    int order = memcmp(a->name, b->name, a->n_stem < b->n_stem ? a->n_stem : b->n_stem);
    return order ? order : (a->n_stem > b->n_stem) - (a->n_stem < b->n_stem);
}

static int by_stem(const void *left, const void *right) {
    const struct single *a = left, *b = right;
    int order = compare_stems(a, b);
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

/* Pair equal names; the rest are singles. */
static void match_names(int *partner, struct singles *a, struct singles *b) {
    for (int i = 0, j = 0; i < a->list->n || j < b->list->n;) {
        int order = i == a->list->n   ? 1
                    : j == b->list->n ? -1
                                      : strcmp(a->list->items[i].name, b->list->items[j].name);
        if (order < 0) add(a, i);
        if (order > 0) add(b, j);
        if (order == 0) partner[i] = j;
        i += order <= 0;
        j += order >= 0;
    }
    if (a->n) qsort(a->v, (size_t)a->n, sizeof *a->v, by_stem);
    if (b->n) qsort(b->v, (size_t)b->n, sizeof *b->v, by_stem);
}

/* How many from the i-th on have its stem. */
static int count_equal(const struct singles *s, int i) {
    int n = 1;
    while (i + n < s->n && compare_stems(&s->v[i], &s->v[i + n]) == 0) n++;
    return n;
}

static lk_status say_several(const struct singles *s, int i, const struct single *other,
                             lk_error *err) {
    return lk_fail(err, LK_FORMAT, "%s: expected one picture that belongs to %s, got %s and %s",
                   s->list->folder, other->name, s->v[i].name, s->v[i + 1].name);
}

/* Those without a partner: the first, its list, and how many. */
struct lonely {
    const struct single *first;
    const struct singles *has;
    int n;
};

/* Pair singles with equal stems. */
static lk_status match_stems(int *partner, const struct singles *a, const struct singles *b,
                             struct lonely *lonely, int *n_by_stem, lk_error *err) {
    for (int i = 0, j = 0; i < a->n || j < b->n;) {
        int order = i == a->n ? 1 : j == b->n ? -1 : compare_stems(&a->v[i], &b->v[j]);
        if (order && lonely->n++ == 0) {
            lonely->has = order < 0 ? a : b;
            lonely->first = order < 0 ? &a->v[i] : &b->v[j];
        }
        if (order == 0) {
            if (count_equal(a, i) > 1) return say_several(a, i, &b->v[j], err);
            if (count_equal(b, j) > 1) return say_several(b, j, &a->v[i], err);
            partner[a->v[i].index] = b->v[j].index;
            ++*n_by_stem;
        }
        i += order <= 0;
        j += order >= 0;
    }
    return LK_OK;
}

lk_status compared_names_match(const struct lk_listing *a, const struct lk_listing *b, int *partner,
                               int *n_by_stem, lk_error *err) {
    size_t n = (size_t)a->n + (size_t)b->n, n_bytes = n * sizeof(struct single);
    struct single *all = lk_alloc(n_bytes);
    struct lonely lonely = { 0 };
    if (!all) return lk_fail_memory(err, n_bytes, "the names of pictures");
    struct singles of_a = { .list = a, .v = all }, of_b = { .list = b, .v = all + a->n };
    *n_by_stem = 0;
    match_names(partner, &of_a, &of_b);
    lk_status status = match_stems(partner, &of_a, &of_b, &lonely, n_by_stem, err);
    if (!status && lonely.n)
        status =
            lk_fail(err, LK_FORMAT, "%s: no %s, which %s has; %d name%s only one of the folders",
                    lonely.has == &of_a ? b->folder : a->folder, lonely.first->name,
                    lonely.has->list->folder, lonely.n, lonely.n == 1 ? " is in" : "s are in");
    lk_free(all);
    return status;
}
