/*
 * All threads read and render a block of pictures, one thread writes it in order, so the bytes do
 * not depend on the number of threads. The pixels of a picture may decide its split, so val and
 * test are collected in files without a name and appended to train at the end. Bad pictures are
 * left out, counted and listed.
 */
#include "data/packing.h"
#include "data/hash.h"
#include "data/pack_write.h"
#include "data/parts.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512, BLOCK_BYTES = 32 << 20, CHUNK_BYTES = 1 << 16 };

struct job {
    const lk_source *source;
    struct lk_listing *listing;
    const lk_context *context;
    struct pack_writer writer;
    lk_file collected[LK_N_SPLITS]; /* val and test; train goes straight into the pack */
    size_t picture_bytes;
    int n_block;     /* pictures rendered at once: up to BLOCK, fewer of large ones */
    uint8_t *pixels; /* n_block pictures */
    lk_status status[BLOCK];
    lk_budget budget;
    lk_error *errors;             /* BLOCK */
    struct lk_rendered *rendered; /* BLOCK */
    lk_error skipped;             /* the first that was of a kind that is not read */
    int first;
    lk_prepare_report *report;
};

/* ---- pictures ---- */

static int block_size(const struct job *job) {
    size_t largest = job->picture_bytes, record = job->listing->record_bytes;
    if (record > largest) largest = record;
    size_t n = BLOCK_BYTES / (largest ? largest : 1),
           least = (size_t)lk_threads_count(job->context->threads);
    if (n > BLOCK) n = BLOCK;
    return (int)(n > least ? n : least < BLOCK ? least : BLOCK);
}

static lk_status start(struct job *job, lk_error *err) {
    size_t size = (size_t)job->listing->size;
    job->picture_bytes = size * size * (size_t)job->listing->channels;
    job->errors = lk_alloc(BLOCK * sizeof *job->errors);
    job->rendered = lk_alloc(BLOCK * sizeof *job->rendered);
    job->n_block = block_size(job);
    job->pixels = lk_alloc(lk_size_mul((size_t)job->n_block, job->picture_bytes));
    if (job->errors && job->rendered && job->pixels) return LK_OK;
    return lk_fail_memory(err, (size_t)job->n_block * job->picture_bytes, "a block of pictures");
}

static lk_status render(struct job *job, int index, uint8_t *pixels, struct lk_rendered *rendered,
                        lk_error *err) {
    struct lk_listing *listing = job->listing;
    struct lk_item *item = &listing->items[index];
    char path[LK_PATH_MAX];
    lk_image image = { 0 };
    lk_status status = job->source->read(listing, index, &image, rendered, err);
    if (status) return status;
    if (!job->source->is_drawn) item->hash = lk_hash_image(&image);
    if (item->rule != LK_RULE_FIXED)
        item->split =
            (uint8_t)lk_split_of_hash(item->hash, (enum lk_rule)item->rule, listing->options);
    lk_listing_path(listing, index, path); /* for messages; cut if it is too long */
    return lk_render_image(listing, path, &image, pixels, err);
}

static void render_task(void *context, int index, int thread) {
    struct job *job = context;
    (void)thread;
    struct lk_rendered *rendered = &job->rendered[index];
    *rendered = (struct lk_rendered){ .claim.budget = &job->budget };
    job->status[index] =
        render(job, job->first + index, job->pixels + (size_t)index * job->picture_bytes, rendered,
               &job->errors[index]);
    lk_claim_end(&rendered->claim);
}

static lk_status count_bad(struct job *job, const lk_error *bad, lk_error *err) {
    lk_prepare_report *report = job->report;
    int max_bad = lk_listing_max_bad(job->listing);
    if (report->n_bad < LK_BAD_LISTED) report->bad[report->n_bad] = *bad;
    lk_log_say(&job->context->log, LK_WARNING, "left out: %s", bad->text);
    if (++report->n_bad <= max_bad) return LK_OK;
    return lk_fail(err, LK_FORMAT,
                   "expected at most %d bad pictures, got more (--max-bad allows more); the first: "
                   "%s",
                   max_bad, report->bad[0].text);
}

/* A picture that could not be read. If it is of a kind that is not read, as its name did not tell,
   it counts as such. */
static lk_status leave_out(struct job *job, int i, lk_error *err) {
    struct lk_item *item = &job->listing->items[job->first + i];
    lk_image_kind kind = job->rendered[i].notes.kind;
    item->split = LK_N_SPLITS;
    if (kind <= LK_IMAGE_UNKNOWN || lk_image_kind_is_read(kind))
        return count_bad(job, &job->errors[i], err);
    if (!job->skipped.text[0]) job->skipped = job->errors[i];
    return lk_listing_leave_out(job->listing, item->name, kind, err);
}

static void count_notes(lk_prepare_report *report, const lk_image_notes *notes) {
    report->n_turned += notes->turned;
    report->n_composited += notes->composited;
    report->n_scaled += notes->scaled;
}

static lk_status write_picture(struct job *job, int split, const uint8_t *pixels, lk_error *err) {
    job->report->n[split]++;
    return split == LK_SPLIT_TRAIN
               ? lk_pack_writer_add(&job->writer, pixels, job->picture_bytes, err)
               : lk_file_append(&job->collected[split], pixels, job->picture_bytes, err);
}

static lk_status write_block(struct job *job, int n, lk_error *err) {
    lk_status status = LK_OK;
    for (int i = 0; i < n && !status; i++) {
        if (job->status[i] == LK_MEMORY) return lk_fail(err, LK_MEMORY, "%s", job->errors[i].text);
        if (job->status[i]) {
            status = leave_out(job, i, err);
            continue;
        }
        count_notes(job->report, &job->rendered[i].notes);
        status = write_picture(job, job->listing->items[job->first + i].split,
                               job->pixels + (size_t)i * job->picture_bytes, err);
    }
    return status;
}

static lk_status do_block(struct job *job, int n, lk_error *err) {
    lk_status status = LK_OK;
    if (job->source->load) status = job->source->load(job->listing, job->first, n, err);
    if (status) return status;
    lk_threads_run(job->context->threads, n, render_task, job);
    return write_block(job, n, err);
}

static lk_status do_blocks(struct job *job, lk_error *err) {
    const lk_prepare_options *options = job->listing->options;
    int n = job->listing->n;
    for (job->first = 0; job->first < n; job->first += job->n_block) {
        int n_block = n - job->first < job->n_block ? n - job->first : job->n_block;
        lk_status status = do_block(job, n_block, err);
        if (status) return status;
        if (options->progress) options->progress(options->self, job->first + n_block, n);
        status = lk_stop_ask(&options->stop, NULL);
        if (status)
            return lk_fail(err, status, "stopped after %d of %d pictures; nothing was written",
                           job->first + n_block, n);
    }
    const int *good = job->report->n;
    if (good[LK_SPLIT_TRAIN] + good[LK_SPLIT_VAL] + good[LK_SPLIT_TEST] > 0) return LK_OK;
    return lk_fail(err, LK_FORMAT, "no picture could be read; the first: %s",
                   job->report->n_bad ? job->report->bad[0].text : job->skipped.text);
}

/* Say what the source left out, and put it into the report. */
static void report_left_out(struct job *job) {
    const struct lk_listing *listing = job->listing;
    job->report->n_other = listing->n_other;
    for (int kind = 0; kind < LK_N_IMAGE_KINDS; kind++) {
        const struct lk_left_out *left_out = &listing->left_out[kind];
        job->report->n_skipped[kind] = left_out->n;
        if (left_out->n)
            lk_log_say(&job->context->log, LK_WARNING,
                       "left out: %d %s, a kind that is not read; the first: %s", left_out->n,
                       lk_image_kind_name((lk_image_kind)kind), left_out->first);
    }
}

/* Append the pictures of val or test. */
static lk_status append_collected(struct job *job, int split, lk_error *err) {
    size_t left = (size_t)job->report->n[split] * job->picture_bytes, at = 0,
           room = (size_t)job->n_block * job->picture_bytes;
    lk_status status = LK_OK;
    while (left && !status) {
        size_t n = left < room ? left : room;
        status = lk_file_read_back(&job->collected[split], at, job->pixels, n, err);
        if (!status) status = lk_pack_writer_add(&job->writer, job->pixels, n, err);
        at += n;
        left -= n;
    }
    return status;
}

static lk_status write_images(struct job *job, lk_error *err) {
    lk_pack_writer_section(&job->writer, "IMGS");
    lk_status status = do_blocks(job, err);
    for (int split = LK_SPLIT_TRAIN + 1; split < LK_N_SPLITS && !status; split++)
        status = append_collected(job, split, err);
    return status;
}

/* ---- what follows the pictures ---- */

static lk_status put_chunk(struct job *job, lk_text *chunk, lk_error *err) {
    if (chunk->failed) return lk_fail_memory(err, chunk->n, "the names of the pictures");
    lk_status status = lk_pack_writer_add(&job->writer, chunk->data, chunk->n, err);
    chunk->n = 0;
    return status;
}

static lk_status write_names(struct job *job, lk_error *err) {
    lk_text chunk = { 0 };
    lk_status status = LK_OK;
    lk_pack_writer_section(&job->writer, "NAME");
    for (int split = 0; split < LK_N_SPLITS; split++)
        for (int i = 0; i < job->listing->n && !status; i++) {
            const struct lk_item *item = &job->listing->items[i];
            if (item->split != split) continue;
            lk_text_bytes(&chunk, item->name, strlen(item->name) + 1);
            if (chunk.n >= CHUNK_BYTES || chunk.failed) status = put_chunk(job, &chunk, err);
        }
    if (!status) status = put_chunk(job, &chunk, err);
    lk_text_deinit(&chunk);
    return status;
}

static int by_value(const void *a, const void *b) {
    uint64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static lk_status count_equal(struct job *job, lk_error *err) {
    int n = 0;
    job->report->n_equal = job->source->is_drawn ? -1 : 0;
    if (job->source->is_drawn) return LK_OK;
    size_t n_bytes = lk_size_mul((size_t)job->listing->n, sizeof(uint64_t));
    uint64_t *hashes = lk_alloc(n_bytes);
    if (!hashes) return lk_fail_memory(err, n_bytes, "the hashes of the pictures");
    for (int i = 0; i < job->listing->n; i++)
        if (job->listing->items[i].split < LK_N_SPLITS) hashes[n++] = job->listing->items[i].hash;
    qsort(hashes, (size_t)n, sizeof *hashes, by_value);
    for (int i = 1; i < n; i++) job->report->n_equal += hashes[i] == hashes[i - 1];
    lk_free(hashes);
    return LK_OK;
}

static const char *parts_of(const struct job *job) {
    static const char *const words[] = {
#define X(word, constant) [constant] = #word,
        LK_PARTS_LIST(X)
#undef X
    };
    return strcmp(job->source->name, "folder") == 0 ? words[job->listing->options->parts]
                                                    : "source";
}

static lk_status write_meta(struct job *job, lk_error *err) {
    const lk_prepare_report *report = job->report;
    lk_text meta = { 0 };
    char background[8];
    lk_text_add(&meta,
                "{\"size\": %d, \"channels\": %d, \"train\": %d, \"val\": %d, \"test\": %d, "
                "\"crop\": %d, \"filter\": \"%s\", ",
                job->listing->size, job->listing->channels, report->n[LK_SPLIT_TRAIN],
                report->n[LK_SPLIT_VAL], report->n[LK_SPLIT_TEST], job->listing->crop,
                lk_filter_name(job->listing->options->filter));
    lk_text_add(&meta, "\"source\": \"%s\", \"n_bad\": %d, \"n_absent\": %d", job->source->name,
                report->n_bad, report->n_absent);
    if (!job->source->is_drawn)
        lk_text_add(&meta, ", \"parts\": \"%s\", \"n_equal\": %d, \"background\": \"%s\"",
                    parts_of(job), report->n_equal,
                    lk_image_colour_text(job->listing->options->background, background));
    lk_text_add(&meta, "}\n");
    lk_pack_writer_section(&job->writer, "META");
    lk_status status = meta.failed ? lk_fail_memory(err, meta.n, "the description of a pack")
                                   : lk_pack_writer_add(&job->writer, meta.data, meta.n, err);
    lk_text_deinit(&meta);
    return status;
}

static lk_status pack_all(struct job *job, const char *out, lk_error *err) {
    lk_status status = lk_pack_writer_open(&job->writer, out, err);
    for (int split = LK_SPLIT_TRAIN + 1; split < LK_N_SPLITS && !status; split++)
        status = lk_file_create_unnamed(out, &job->collected[split], err);
    if (!status) status = write_images(job, err);
    if (!status) report_left_out(job);
    if (!status) status = write_names(job, err);
    if (!status) status = count_equal(job, err);
    if (!status) status = write_meta(job, err);
    if (!status) status = lk_pack_writer_commit(&job->writer, err);
    lk_pack_writer_close(&job->writer);
    return status;
}

lk_status lk_packing_run(const lk_source *source, struct lk_listing *listing,
                         const lk_context *context, const char *out, lk_prepare_report *report,
                         lk_error *err) {
    struct job *job = lk_alloc(sizeof *job);
    if (!job) return lk_fail_memory(err, sizeof *job, "preparing");
    job->source = source;
    job->listing = listing;
    job->context = context;
    job->report = report;
    lk_budget_init(&job->budget);
    for (int split = 0; split < LK_N_SPLITS; split++) job->collected[split].fd = -1;
    lk_status status = start(job, err);
    if (!status) status = pack_all(job, out, err);
    for (int split = 0; split < LK_N_SPLITS; split++) lk_file_discard(&job->collected[split]);
    lk_free(job->errors);
    lk_free(job->rendered);
    lk_budget_deinit(&job->budget);
    lk_free(job->pixels);
    lk_free(job);
    return status;
}
