/* TensorBoard's event files. protobuf-c turns the messages of events.proto into bytes. */
#include "io/events.h"
#include "base/crc32c.h"

#include <events.pb-c.h>
#include <math.h>
#include <string.h>
#include <time.h>

/* ---- records ---- */

enum { LENGTH = 8, CHECKSUM = 4, HEAD = LENGTH + CHECKSUM };

uint32_t lk_events_checksum(const void *data, size_t n_bytes) {
    uint32_t crc = lk_crc32c(0, data, n_bytes);
    return (crc >> 15 | crc << 17) + 0xA282EAD8;
}

static void put(uint8_t *to, uint64_t value, int n_bytes) {
    for (int i = 0; i < n_bytes; i++) to[i] = (uint8_t)(value >> 8 * i);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* In one write: few kills come in the middle of a record. */
static lk_status append(lk_file *file, Tensorflow__Event *event, lk_error *err) {
    event->wall_time = now();
    size_t n = tensorflow__event__get_packed_size(event), n_bytes = HEAD + n + CHECKSUM;
    uint8_t *record = lk_alloc(n_bytes);
    if (!record) return lk_fail_memory(err, n_bytes, file->path);
    put(record, n, LENGTH);
    put(record + LENGTH, lk_events_checksum(record, LENGTH), CHECKSUM);
    tensorflow__event__pack(event, record + HEAD);
    put(record + HEAD + n, lk_events_checksum(record + HEAD, n), CHECKSUM);
    lk_status status = lk_file_append(file, record, n_bytes, err);
    lk_free(record);
    return status;
}

/* TensorBoard ignores the first start that it sees, so every file has one, also that of a run that
   begins. */
lk_status lk_events_create(const char *path, int64_t step, lk_file *file, lk_error *err) {
    char version_text[] = "brain.Event:2";
    Tensorflow__Event version = TENSORFLOW__EVENT__INIT, start = TENSORFLOW__EVENT__INIT;
    Tensorflow__SessionLog session = TENSORFLOW__SESSION_LOG__INIT;
    version.what_case = TENSORFLOW__EVENT__WHAT_FILE_VERSION;
    version.file_version = version_text;
    session.status = TENSORFLOW__SESSION_LOG__SESSION_STATUS__START;
    start.step = step;
    start.what_case = TENSORFLOW__EVENT__WHAT_SESSION_LOG;
    start.session_log = &session;
    lk_status status = lk_file_create_growing(path, file, err);
    if (!status) status = append(file, &version, err);
    return status ? status : append(file, &start, err);
}

/* ---- values ---- */

void lk_event_init(lk_event *event, int64_t step) {
    *event = (lk_event){ .step = step };
    lk_arena_init(&event->arena);
}

void lk_event_deinit(lk_event *event) {
    lk_free(event->values);
    lk_arena_deinit(&event->arena);
}

/* Zeroed memory of the event; NULL when there is none left. */
static void *take(lk_event *event, size_t n_bytes) {
    void *block = event->failed ? NULL : lk_arena_alloc(&event->arena, n_bytes ? n_bytes : 1);
    event->failed = !block;
    return block;
}

/* A new value of the event, and what it holds, in n_bytes; NULL when memory is short. */
struct added {
    Tensorflow__Summary__Value *value;
    void *content;
};

static struct added add(lk_event *event, const char *tag, size_t n_bytes) {
    struct added added = { take(event, sizeof *added.value), take(event, n_bytes) };
    char *name = event->failed ? NULL : lk_arena_text(&event->arena, tag);
    size_t old_bytes = event->n * sizeof(void *);
    void **values = name ? lk_realloc(event->values, old_bytes, old_bytes + sizeof(void *)) : NULL;
    event->failed = !values;
    if (!values) return (struct added){ NULL, NULL };
    *added.value = (Tensorflow__Summary__Value)TENSORFLOW__SUMMARY__VALUE__INIT;
    added.value->tag = name;
    event->values = values;
    event->values[event->n++] = added.value;
    return added;
}

void lk_event_number(lk_event *event, const char *tag, double value) {
    if (isnan(value)) return;
    Tensorflow__Summary__Value *to = add(event, tag, 0).value;
    if (!to) return;
    to->value_case = TENSORFLOW__SUMMARY__VALUE__VALUE_SIMPLE_VALUE;
    to->simple_value = (float)value;
}

struct text {
    Tensorflow__TensorProto tensor;
    ProtobufCBinaryData bytes;
    Tensorflow__SummaryMetadata metadata;
    Tensorflow__SummaryMetadata__PluginData plugin;
    char plugin_name[sizeof "text"];
    uint8_t copy[];
};

void lk_event_text(lk_event *event, const char *tag, const char *text) {
    size_t n_bytes = strlen(text);
    struct added added = add(event, tag, sizeof(struct text) + n_bytes);
    struct text *to = added.content;
    if (!to) return;
    memcpy(to->copy, text, n_bytes);
    to->bytes = (ProtobufCBinaryData){ n_bytes, to->copy };
    to->tensor = (Tensorflow__TensorProto)TENSORFLOW__TENSOR_PROTO__INIT;
    to->tensor.dtype = TENSORFLOW__DATA_TYPE__DT_STRING;
    to->tensor.n_string_val = 1;
    to->tensor.string_val = &to->bytes;
    memcpy(to->plugin_name, "text", sizeof to->plugin_name);
    to->plugin =
        (Tensorflow__SummaryMetadata__PluginData)TENSORFLOW__SUMMARY_METADATA__PLUGIN_DATA__INIT;
    to->plugin.plugin_name = to->plugin_name;
    to->metadata = (Tensorflow__SummaryMetadata)TENSORFLOW__SUMMARY_METADATA__INIT;
    to->metadata.plugin_data = &to->plugin;
    added.value->metadata = &to->metadata;
    added.value->value_case = TENSORFLOW__SUMMARY__VALUE__VALUE_TENSOR;
    added.value->tensor = &to->tensor;
}

struct picture {
    Tensorflow__Summary__Image image;
    uint8_t copy[];
};

/* The two sides are in the first chunk of a PNG, the most significant byte first. */
enum { PNG_WIDTH = 16, PNG_HEIGHT = 20, PNG_HEAD = 24, RGB = 3 };

static int32_t side(const uint8_t *at) {
    return (int32_t)((uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]);
}

void lk_event_png(lk_event *event, const char *tag, const void *png, size_t n_bytes) {
    if (n_bytes < PNG_HEAD) return;
    struct added added = add(event, tag, sizeof(struct picture) + n_bytes);
    struct picture *to = added.content;
    if (!to) return;
    memcpy(to->copy, png, n_bytes);
    to->image = (Tensorflow__Summary__Image)TENSORFLOW__SUMMARY__IMAGE__INIT;
    to->image.width = side(to->copy + PNG_WIDTH);
    to->image.height = side(to->copy + PNG_HEIGHT);
    to->image.colorspace = RGB;
    to->image.encoded_image_string = (ProtobufCBinaryData){ n_bytes, to->copy };
    added.value->value_case = TENSORFLOW__SUMMARY__VALUE__VALUE_IMAGE;
    added.value->image = &to->image;
}

/* ---- histograms ---- */

struct histogram {
    Tensorflow__HistogramProto message;
    double limits[LK_EVENT_BUCKETS], counts[LK_EVENT_BUCKETS];
};

static Tensorflow__HistogramProto sum_up(const lk_real *values, size_t n) {
    Tensorflow__HistogramProto all = TENSORFLOW__HISTOGRAM_PROTO__INIT;
    all.min = (double)INFINITY, all.max = -(double)INFINITY;
    for (size_t i = 0; i < n; i++) {
        double value = (double)values[i];
        if (!isfinite(value)) continue;
        all.min = value < all.min ? value : all.min;
        all.max = value > all.max ? value : all.max;
        all.sum += value;
        all.sum_squares += value * value;
        all.num++;
    }
    return all;
}

static void set_limits(struct histogram *h, size_t n_buckets) {
    double width = (h->message.max - h->message.min) / (double)n_buckets;
    for (size_t i = 0; i + 1 < n_buckets; i++)
        h->limits[i] = h->message.min + (double)(i + 1) * width;
    h->limits[n_buckets - 1] = h->message.max;
    h->message.n_bucket_limit = h->message.n_bucket = n_buckets;
    h->message.bucket_limit = h->limits;
    h->message.bucket = h->counts;
}

static void count(struct histogram *h, const lk_real *values, size_t n) {
    size_t last = h->message.n_bucket - 1;
    double scale = last ? (double)(last + 1) / (h->message.max - h->message.min) : 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(values[i])) continue;
        size_t bucket = (size_t)(((double)values[i] - h->message.min) * scale);
        h->counts[bucket < last ? bucket : last]++;
    }
}

void lk_event_histogram(lk_event *event, const char *tag, const lk_real *values, size_t n) {
    Tensorflow__HistogramProto all = sum_up(values, n);
    if (all.num == 0) return;
    struct added added = add(event, tag, sizeof(struct histogram));
    struct histogram *to = added.content;
    if (!to) return;
    to->message = all;
    set_limits(to, all.max > all.min ? LK_EVENT_BUCKETS : 1);
    count(to, values, n);
    added.value->value_case = TENSORFLOW__SUMMARY__VALUE__VALUE_HISTO;
    added.value->histo = &to->message;
}

/* ---- writing ---- */

lk_status lk_event_append(const lk_event *event, lk_file *file, lk_error *err) {
    Tensorflow__Event message = TENSORFLOW__EVENT__INIT;
    Tensorflow__Summary summary = TENSORFLOW__SUMMARY__INIT;
    if (event->failed) return lk_fail_memory(err, sizeof summary, file->path);
    summary.n_value = event->n;
    summary.value = (Tensorflow__Summary__Value **)(void *)event->values;
    message.step = event->step;
    message.what_case = TENSORFLOW__EVENT__WHAT_SUMMARY;
    message.summary = &summary;
    return append(file, &message, err);
}
