/* Preparing a pack: the options are checked, the source is opened, and packing.c does the work. */
#include "data/pack_format.h"
#include "data/packing.h"

#include <likeness/prepare.h>

lk_prepare_options lk_prepare_defaults(void) {
    return (lk_prepare_options){ .size = 64,
                                 .channels = 3,
                                 .filter = LK_FILTER_BICUBIC,
                                 .val = LK_SHARE_DEFAULT,
                                 .test = LK_SHARE_DEFAULT,
                                 .seed = 1,
                                 .max_bad = -1 };
}

static lk_status unknown_source(const char *name, lk_error *err) {
    lk_text known = { 0 };
    for (const lk_source *const *row = lk_source_list; *row; row++)
        lk_text_add(&known, "%s%s",
                    row == lk_source_list ? ""
                    : row[1]              ? ", "
                                          : " or ",
                    (*row)->name);
    lk_status status =
        known.failed ? lk_fail_memory(err, known.n, "a message")
                     : lk_fail(err, LK_USAGE, "source: expected %s, got \"%s\"", known.data, name);
    lk_text_deinit(&known);
    return status;
}

static lk_status read_options(const lk_prepare_options *options, const lk_source **source,
                              struct lk_listing *listing, lk_error *err) {
    const char *name = options->source ? options->source : "";
    *source = lk_source_find(name);
    if (!*source) return unknown_source(name, err);
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
    if ((int)options->parts < 0 || options->parts >= LK_N_PARTS)
        return lk_fail(err, LK_USAGE, "parts: expected 0 to %d, got %d", LK_N_PARTS - 1,
                       (int)options->parts);
    return LK_OK;
}

static void warn(const struct lk_listing *listing, const lk_context *context) {
    if (listing->n_absent)
        lk_log_say(&context->log, LK_WARNING,
                   "a sample: %d of %d pictures of the partition are absent", listing->n_absent,
                   listing->n_absent + listing->n);
}

lk_status lk_prepare(const lk_prepare_options *options, const lk_context *context, const char *out,
                     lk_prepare_report *report, lk_error *err) {
    struct lk_listing *listing = lk_alloc(sizeof *listing);
    lk_prepare_report *made = lk_alloc(sizeof *made);
    const lk_source *source = NULL;
    lk_status status =
        listing && made ? LK_OK : lk_fail_memory(err, sizeof *listing + sizeof *made, "preparing");
    if (!status) status = read_options(options, &source, listing, err);
    if (status) goto done;
    status = source->open(listing, err);
    if (!status) {
        warn(listing, context);
        made->n_absent = listing->n_absent;
        status = lk_packing_run(source, listing, context, out, made, err);
    }
    if (source->close) source->close(listing);
    if (!status) *report = *made;
done:
    if (listing) lk_listing_deinit(listing);
    lk_free(listing);
    lk_free(made);
    return status;
}
