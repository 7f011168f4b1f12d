/* Reads TensorBoard's event files. */
#include "events.h"
#include "base/file.h"

#include <likeness/memory.h>

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/* ---- records ---- */

uint32_t lk_test_event_checksum(const uint8_t *data, size_t n) {
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < n; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78 : 0);
    }
    crc = ~crc;
    return (uint32_t)(((uint64_t)crc << 32 | crc) >> 15) + 0xa282ead8;
}

static uint64_t little(const uint8_t *at, int n) {
    return n ? at[0] | little(at + 1, n - 1) << 8 : 0;
}

struct part {
    const uint8_t *at, *end;
};

static size_t rest(const struct part *part) {
    return (size_t)(part->end - part->at);
}

/* The next record's data; false: there is none, or it is cut short. */
static bool next_record(struct part *file, struct part *data, const char *path) {
    if (rest(file) < 12) return false;
    uint64_t n = little(file->at, 8);
    if (little(file->at + 8, 4) != lk_test_event_checksum(file->at, 8))
        fail_msg("%s: the checksum of a length is wrong", path);
    if (rest(file) - 12 < n || rest(file) - 12 - n < 4) return false;
    *data = (struct part){ file->at + 12, file->at + 12 + n };
    if (little(data->end, 4) != lk_test_event_checksum(data->at, n))
        fail_msg("%s: the checksum of a record is wrong", path);
    file->at = data->end + 4;
    return true;
}

char *lk_test_event_record(const char *path, size_t n, size_t *n_bytes) {
    lk_error err;
    char *text = NULL, *copy = NULL;
    size_t size = 0;
    struct part data = { 0 };
    assert_ok(lk_file_read(path, (size_t)1 << 28, &text, &size, &err), &err);
    struct part file = { (uint8_t *)text, (uint8_t *)text + size };
    bool found = true;
    for (size_t i = 0; i <= n && found; i++) found = next_record(&file, &data, path);
    if (found) {
        *n_bytes = rest(&data);
        assert_non_null(copy = lk_alloc(*n_bytes + 1));
        memcpy(copy, data.at, *n_bytes);
    }
    lk_free(text);
    return copy;
}

/* ---- messages ---- */

/* A field: a number, or the bytes of a text or of a message. */
struct field {
    uint64_t number, bits;
    struct part bytes;
};

static uint64_t variable(struct part *from) {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        assert_true(from->at < from->end);
        value |= (uint64_t)(*from->at & 127) << shift;
        if (!(*from->at++ & 128)) return value;
    }
    fail_msg("a number of a message has more than 64 bits");
    return 0;
}

static bool next_field(struct part *from, struct field *field) {
    if (from->at == from->end) return false;
    uint64_t head = variable(from), type = head & 7;
    *field = (struct field){ .number = head >> 3 };
    if (type == 0) {
        field->bits = variable(from);
    } else if (type == 2) {
        uint64_t n = variable(from);
        assert_true(n <= rest(from));
        field->bytes = (struct part){ from->at, from->at + n };
        from->at += n;
    } else {
        int n = type == 1 ? 8 : 4;
        assert_true((type == 1 || type == 5) && rest(from) >= (size_t)n);
        field->bits = little(from->at, n);
        from->at += n;
    }
    return true;
}

static double as_double(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double as_float(uint64_t bits) {
    float value;
    uint32_t low = (uint32_t)bits;
    memcpy(&value, &low, sizeof value);
    return (double)value;
}

static void copy_text(const struct part *from, char *to, size_t n_bytes) {
    assert_true(rest(from) < n_bytes);
    memcpy(to, from->at, rest(from));
    to[rest(from)] = 0;
}

static void copy_bytes(const struct part *from, lk_test_point *to) {
    assert_null(to->bytes);
    assert_non_null(to->bytes = lk_alloc(rest(from) + 1));
    to->n_bytes = rest(from);
    memcpy(to->bytes, from->at, to->n_bytes);
}

static size_t doubles(struct part from, double *to, size_t max) {
    size_t n = rest(&from) / 8;
    assert_true(rest(&from) % 8 == 0 && n <= max);
    for (size_t i = 0; i < n; i++) to[i] = as_double(little(from.at + 8 * i, 8));
    return n;
}

static void read_histogram(struct part from, lk_test_histogram *to) {
    double *const numbers[] = { NULL, &to->min, &to->max, &to->num, &to->sum, &to->sum_squares };
    for (struct field f; next_field(&from, &f);) {
        if (f.number == 6)
            to->n_limits = doubles(f.bytes, to->limit, LK_COUNT(to->limit));
        else if (f.number == 7)
            to->n_counts = doubles(f.bytes, to->count, LK_COUNT(to->count));
        else {
            assert_true(f.number >= 1 && f.number <= 5);
            *numbers[f.number] = as_double(f.bits);
        }
    }
}

static void read_picture(struct part from, lk_test_point *to) {
    for (struct field f; next_field(&from, &f);) {
        if (f.number == 1) to->height = (int)f.bits;
        if (f.number == 2) to->width = (int)f.bits;
        if (f.number == 3) assert_int_equal(f.bits, 3); /* RGB */
        if (f.number == 4) copy_bytes(&f.bytes, to);
    }
}

static void read_tensor(struct part from, lk_test_point *to) {
    for (struct field f; next_field(&from, &f);) {
        if (f.number == 1) assert_int_equal(f.bits, 7); /* a string */
        if (f.number == 8) copy_bytes(&f.bytes, to);
    }
}

static void read_metadata(struct part from, lk_test_point *to) {
    struct field plugin, name;
    assert_true(next_field(&from, &plugin) && plugin.number == 1);
    assert_true(next_field(&plugin.bytes, &name) && name.number == 1);
    copy_text(&name.bytes, to->plugin, sizeof to->plugin);
}

static lk_test_point read_value(struct part from, int64_t step) {
    static const lk_test_kind kinds[] = {
        [2] = LK_TEST_NUMBER, [4] = LK_TEST_PICTURE, [5] = LK_TEST_HISTOGRAM, [8] = LK_TEST_TEXT
    };
    lk_test_point point = { .step = step };
    for (struct field f; next_field(&from, &f);) {
        if (f.number < LK_COUNT(kinds) && kinds[f.number]) {
            assert_int_equal(point.kind, LK_TEST_NOTHING); /* one kind at most */
            point.kind = kinds[f.number];
        }
        if (f.number == 1) copy_text(&f.bytes, point.tag, sizeof point.tag);
        if (f.number == 2) point.number = as_float(f.bits);
        if (f.number == 4) read_picture(f.bytes, &point);
        if (f.number == 5) read_histogram(f.bytes, &point.histogram);
        if (f.number == 8) read_tensor(f.bytes, &point);
        if (f.number == 9) read_metadata(f.bytes, &point);
    }
    assert_true(point.tag[0] && point.kind);
    return point;
}

/* ---- events ---- */

static void forget(lk_test_events *all, int64_t step) {
    size_t n = 0;
    for (size_t i = 0; i < all->n; i++) {
        lk_test_point *point = &all->points[i];
        if (point->step < step) {
            all->points[n++] = *point;
            continue;
        }
        all->n_forgotten += point->kind == LK_TEST_NUMBER;
        lk_free(point->bytes);
    }
    all->n = n;
}

static void add_values(lk_test_events *all, struct part summary, int64_t step) {
    for (struct field f; next_field(&summary, &f);) {
        assert_int_equal(f.number, 1);
        if (all->n == all->capacity) {
            all->capacity = 2 * all->capacity + 64;
            all->points = realloc(all->points, all->capacity * sizeof *all->points);
            assert_non_null(all->points);
        }
        all->points[all->n++] = read_value(f.bytes, step);
    }
}

static void start(lk_test_events *all, struct part session, int64_t step) {
    struct field status;
    assert_true(next_field(&session, &status) && status.number == 1 && status.bits == 1);
    if (all->n_starts++) forget(all, step);
}

/* `first`: of its file. */
static void read_event(lk_test_events *all, struct part from, bool first) {
    int64_t step = 0;
    double time = 0;
    struct field what = { 0 };
    for (struct field f; next_field(&from, &f);) {
        if (f.number == 1)
            time = as_double(f.bits);
        else if (f.number == 2)
            step = (int64_t)f.bits;
        else
            what = f;
    }
    assert_true(time > 1.7e9); /* 2023 */
    assert_int_equal(what.number == 3, first);
    if (first) {
        assert_int_equal(rest(&what.bytes), 13);
        assert_memory_equal(what.bytes.at, "brain.Event:2", 13);
    } else if (what.number == 5) {
        add_values(all, what.bytes, step);
    } else {
        assert_int_equal(what.number, 7);
        start(all, what.bytes, step);
    }
}

static void read_file(lk_test_events *all, const char *path) {
    lk_error err;
    char *text = NULL;
    size_t n = 0;
    assert_ok(lk_file_read(path, (size_t)1 << 28, &text, &n, &err), &err);
    struct part file = { (uint8_t *)text, (uint8_t *)text + n }, data;
    for (bool first = true; next_record(&file, &data, path); first = false)
        read_event(all, data, first);
    all->n_files++;
    all->n_cut += rest(&file) > 0;
    lk_free(text);
}

lk_test_events lk_test_events_read(const char *folder) {
    lk_test_events all = { 0 };
    struct dirent **names = NULL;
    int n = scandir(folder, &names, NULL, alphasort);
    if (n < 0) fail_msg("%s: cannot be read", folder);
    for (int i = 0; i < n; i++) {
        if (strstr(names[i]->d_name, "tfevents"))
            read_file(&all, lk_test_path(folder, names[i]->d_name));
        free(names[i]);
    }
    free(names);
    return all;
}

void lk_test_events_free(lk_test_events *all) {
    forget(all, 0);
    free(all->points);
    *all = (lk_test_events){ 0 };
}

const lk_test_point *lk_test_events_find(const lk_test_events *all, const char *tag, size_t n) {
    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->points[i].tag, tag) == 0 && n-- == 0) return &all->points[i];
    return NULL;
}

static bool is_rate(const lk_test_point *point) {
    return strcmp(point->tag, "training/images_per_second") == 0;
}

static const lk_test_point *next_without_rates(const lk_test_events *all, size_t *i) {
    while (*i < all->n && is_rate(&all->points[*i])) ++*i;
    return *i < all->n ? &all->points[(*i)++] : NULL;
}

void lk_test_events_compare(const lk_test_events *a, const lk_test_events *b) {
    for (size_t i = 0, j = 0;;) {
        const lk_test_point *x = next_without_rates(a, &i), *y = next_without_rates(b, &j);
        if (!x && !y) return;
        if (!x || !y || x->step != y->step || strcmp(x->tag, y->tag) != 0)
            fail_msg("expected %s at step %lld, got %s at step %lld", x ? x->tag : "no more",
                     x ? (long long)x->step : 0, y ? y->tag : "no more",
                     y ? (long long)y->step : 0);
        if (x->number != y->number || x->n_bytes != y->n_bytes ||
            memcmp(x->bytes ? x->bytes : (uint8_t *)"", y->bytes ? y->bytes : (uint8_t *)"",
                   x->n_bytes) != 0 ||
            memcmp(&x->histogram, &y->histogram, sizeof x->histogram) != 0)
            fail_msg("%s at step %lld: another value", x->tag, (long long)x->step);
    }
}
