/*
 * From a source to a pack: all threads draw a block of pictures, one thread writes it in order, so
 * the bytes do not depend on the number of threads. Bad pictures are left out, counted and listed.
 */
#include "data/pack_format.h"
#include "data/pack_write.h"
#include "data/source.h"

#include <likeness/prepare.h>

#include <string.h>

enum { BLOCK = 512, BLOCK_BYTES = 64 << 20 };

struct job {
    const lk_source *source;
    struct lk_listing listing;
    const lk_context *context;
    struct pack_writer writer;
    lk_budget budget;
    int *order; /* the pictures of the listing: train, val, test */
    size_t picture_bytes;
    int n_block;     /* pictures drawn at once: up to BLOCK, fewer of large ones */
    uint8_t *pixels; /* n_block pictures */
    lk_status status[BLOCK];
    lk_error *errors;             /* BLOCK */
    struct lk_rendered *rendered; /* BLOCK */
    lk_error skipped;             /* the first that was of a kind that is not read */
    int first, max_bad;
    lk_text names;
    lk_prepare_report *report;
};

lk_prepare_options lk_prepare_defaults(void) {
    return (lk_prepare_options){ .size = 64,
                                 .channels = 3,
                                 .filter = LK_FILTER_BICUBIC,
                                 .val = 0.05,
                                 .test = 0.05,
                                 .seed = 1,
                                 .max_bad = -1 };
}

static bool is_share(double v) {
    return v >= 0 && v <= 1;
}

static lk_status read_options(const lk_prepare_options *options, struct job *job, lk_error *err) {
    struct lk_listing *listing = &job->listing;
    job->source = options->source ? lk_source_find(options->source) : NULL;
    if (!job->source)
        return lk_fail(err, LK_USAGE, "source: expected celeba, folder or synthetic, got \"%s\"",
                       options->source ? options->source : "");
    *listing =
        (struct lk_listing){ .options = options, .size = options->size ? options->size : 64 };
    listing->channels = options->channels ? options->channels : 3;
    listing->crop = options->crop;
    if (listing->size < 1 || listing->size > PACK_SIZE_MAX)
        return lk_fail(err, LK_USAGE, "size: expected 1 to %d, got %d", PACK_SIZE_MAX,
                       listing->size);
    if (listing->channels != 1 && listing->channels != 3)
        return lk_fail(err, LK_USAGE, "channels: expected 1 or 3, got %d", listing->channels);
    if (listing->crop < 0 || listing->crop > LK_IMAGE_SIDE_MAX)
        return lk_fail(err, LK_USAGE, "crop: expected 1 to %d, got %d", LK_IMAGE_SIDE_MAX,
                       listing->crop);
    if ((int)options->filter < 0 || options->filter >= LK_N_FILTERS)
        return lk_fail(err, LK_USAGE, "filter: expected 0 to %d, got %d", LK_N_FILTERS - 1,
                       (int)options->filter);
    if (!is_share(options->val) || !is_share(options->test))
        return lk_fail(err, LK_USAGE, "val and test: expected shares from 0 to 1, got %g and %g",
                       options->val, options->test);
    return LK_OK;
}

static int block_size(const struct job *job) {
    size_t n = BLOCK_BYTES / (job->picture_bytes ? job->picture_bytes : 1),
           least = (size_t)lk_threads_count(job->context->threads);
    if (n > BLOCK) n = BLOCK;
    return (int)(n > least ? n : least < BLOCK ? least : BLOCK);
}

static lk_status start(struct job *job, lk_error *err) {
    size_t n = (size_t)job->listing.n, size = (size_t)job->listing.size;
    job->max_bad = job->listing.options->max_bad;
    if (job->max_bad < 0) job->max_bad = job->listing.n / 1000 > 10 ? job->listing.n / 1000 : 10;
    job->picture_bytes = size * size * (size_t)job->listing.channels;
    job->order = lk_alloc(n * sizeof *job->order);
    job->errors = lk_alloc(BLOCK * sizeof *job->errors);
    job->rendered = lk_alloc(BLOCK * sizeof *job->rendered);
    job->n_block = block_size(job);
    job->pixels = lk_alloc(lk_size_mul((size_t)job->n_block, job->picture_bytes));
    if (!job->order || !job->errors || !job->rendered || !job->pixels)
        return lk_fail_memory(err, (size_t)job->n_block * job->picture_bytes,
                              "a block of pictures");
    int at = 0;
    for (int split = 0; split < LK_N_SPLITS; split++)
        for (int i = 0; i < job->listing.n; i++)
            if ((int)job->listing.items[i].split == split) job->order[at++] = i;
    return LK_OK;
}

static void render(void *context, int index, int thread) {
    struct job *job = context;
    struct lk_rendered *rendered = &job->rendered[index];
    *rendered = (struct lk_rendered){ .claim.budget = &job->budget };
    job->status[index] = job->source->render(&job->listing, job->order[job->first + index], thread,
                                             job->pixels + (size_t)index * job->picture_bytes,
                                             rendered, &job->errors[index]);
    lk_claim_end(&rendered->claim);
}

static lk_status count_bad(struct job *job, const lk_error *bad, lk_error *err) {
    lk_prepare_report *report = job->report;
    if (report->n_bad < LK_BAD_LISTED) report->bad[report->n_bad] = *bad;
    lk_log_say(&job->context->log, LK_WARNING, "left out: %s", bad->text);
    if (++report->n_bad <= job->max_bad) return LK_OK;
    return lk_fail(err, LK_FORMAT,
                   "expected at most %d bad pictures (max_bad), got more; the first: %s",
                   job->max_bad, report->bad[0].text);
}

/* A picture that could not be read. If it is of a kind that is not read, as its name did not tell,
   it counts as such. */
static lk_status leave_out(struct job *job, int i, lk_error *err) {
    lk_image_kind kind = job->rendered[i].notes.kind;
    if (kind <= LK_IMAGE_UNKNOWN || lk_image_kind_is_read(kind))
        return count_bad(job, &job->errors[i], err);
    if (!job->skipped.text[0]) job->skipped = job->errors[i];
    return lk_listing_leave_out(&job->listing, job->listing.items[job->order[job->first + i]].name,
                                kind, err);
}

static void count_notes(lk_prepare_report *report, const lk_image_notes *notes) {
    report->n_turned += notes->turned;
    report->n_composited += notes->composited;
    report->n_scaled += notes->scaled;
}

static lk_status write_block(struct job *job, int n, lk_error *err) {
    lk_status status = LK_OK;
    for (int i = 0; i < n && !status; i++) {
        const struct lk_item *item = &job->listing.items[job->order[job->first + i]];
        if (job->status[i] == LK_MEMORY) return lk_fail(err, LK_MEMORY, "%s", job->errors[i].text);
        if (job->status[i]) {
            status = leave_out(job, i, err);
            continue;
        }
        lk_text_bytes(&job->names, item->name, strlen(item->name) + 1);
        job->report->n[item->split]++;
        count_notes(job->report, &job->rendered[i].notes);
        status = lk_pack_writer_add(&job->writer, job->pixels + (size_t)i * job->picture_bytes,
                                    job->picture_bytes, err);
    }
    return status;
}

static lk_status write_images(struct job *job, lk_error *err) {
    const lk_prepare_options *options = job->listing.options;
    int n = job->listing.n;
    lk_pack_writer_section(&job->writer, "IMGS");
    for (job->first = 0; job->first < n; job->first += job->n_block) {
        int n_block = n - job->first < job->n_block ? n - job->first : job->n_block;
        lk_threads_run(job->context->threads, n_block, render, job);
        lk_status status = write_block(job, n_block, err);
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
    const struct lk_listing *listing = &job->listing;
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

static lk_status write_rest(struct job *job, lk_error *err) {
    const lk_prepare_report *report = job->report;
    lk_text meta = { 0 };
    lk_text_add(&meta,
                "{\"size\": %d, \"channels\": %d, \"train\": %d, \"val\": %d, \"test\": %d, "
                "\"crop\": %d, \"filter\": \"%s\", ",
                job->listing.size, job->listing.channels, report->n[LK_SPLIT_TRAIN],
                report->n[LK_SPLIT_VAL], report->n[LK_SPLIT_TEST], job->listing.crop,
                lk_filter_name(job->listing.options->filter));
    lk_text_add(&meta, "\"source\": \"%s\", \"n_bad\": %d, \"n_absent\": %d}\n", job->source->name,
                report->n_bad, report->n_absent);
    lk_status status = LK_OK;
    if (meta.failed || job->names.failed)
        status = lk_fail_memory(err, job->names.n, "the names of the pictures");
    lk_pack_writer_section(&job->writer, "NAME");
    if (!status) status = lk_pack_writer_add(&job->writer, job->names.data, job->names.n, err);
    lk_pack_writer_section(&job->writer, "META");
    if (!status) status = lk_pack_writer_add(&job->writer, meta.data, meta.n, err);
    lk_text_deinit(&meta);
    return status ? status : lk_pack_writer_commit(&job->writer, err);
}

static void end(struct job *job) {
    lk_budget_deinit(&job->budget);
    lk_free(job->order);
    lk_free(job->errors);
    lk_free(job->rendered);
    lk_free(job->pixels);
    lk_text_deinit(&job->names);
    lk_listing_deinit(&job->listing);
    lk_free(job);
}

static lk_status pack_all(struct job *job, const char *out, lk_error *err) {
    lk_status status = lk_pack_writer_open(&job->writer, out, err);
    if (!status) status = write_images(job, err);
    if (!status) report_left_out(job);
    if (!status) status = write_rest(job, err);
    lk_pack_writer_close(&job->writer);
    return status;
}

lk_status lk_prepare(const lk_prepare_options *options, const lk_context *context, const char *out,
                     lk_prepare_report *report, lk_error *err) {
    struct job *job = lk_alloc(sizeof *job);
    lk_prepare_report *made = lk_alloc(sizeof *made);
    if (job) lk_budget_init(&job->budget);
    lk_status status =
        job && made ? LK_OK : lk_fail_memory(err, sizeof *job + sizeof *made, "preparing");
    if (status) goto done;
    job->context = context;
    job->report = made;
    status = read_options(options, job, err);
    job->listing.n_threads = lk_threads_count(context->threads);
    if (!status) status = job->source->open(&job->listing, err);
    if (!status) status = start(job, err);
    if (status) goto done;
    made->n_absent = job->listing.n_absent;
    if (made->n_absent)
        lk_log_say(&context->log, LK_WARNING,
                   "a sample: %d of %d pictures of the partition are absent", made->n_absent,
                   made->n_absent + job->listing.n);
    status = pack_all(job, out, err);
    if (!status) *report = *made;
done:
    lk_free(made);
    if (job) end(job);
    return status;
}
