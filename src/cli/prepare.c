/* likeness prepare: make a pack of pictures. */
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/signals.h"

#include <likeness/prepare.h>

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct options {
    char celeba[LK_WORDS_MAX], mnist[LK_WORDS_MAX], cifar10[LK_WORDS_MAX], npy[LK_WORDS_MAX],
        partition[LK_WORDS_MAX], out[LK_WORDS_MAX], background[LK_WORDS_MAX];
    lk_strings images;
    int64_t synthetic, seed, crop, size, channels, max_bad;
    int filter, parts;
    double val, test;
    bool force, json;
};

static const lk_option options[] = {
    LK_OPTION_NAMED(struct options, celeba, "DIR_OR_ZIP",
                    "folder with CelebA's img_align_celeba, or its zip; "
                    "list_eval_partition.txt or .csv in the folder or next to the zip"),
    { .key = "images",
      .type = LK_STRINGS,
      .offset = offsetof(struct options, images),
      .max = LK_LIST_MAX,
      .placeholder = "DIR_OR_ZIP...",
      .help = "folders of pictures, subfolders included, and zips of pictures" },
    LK_OPTION_NAMED(struct options, mnist, "DIR",
                    "folder with MNIST's train-images-idx3-ubyte and t10k-images-idx3-ubyte, or "
                    "files of these names and form, also as .gz"),
    LK_OPTION_NAMED(struct options, cifar10, "DIR",
                    "folder with CIFAR-10's data_batch_1.bin to 5 and test_batch.bin, or the one "
                    "that holds cifar-10-batches-bin"),
    LK_OPTION_NAMED(struct options, npy, "FILE",
                    "an array of bytes, N x H x W or N x H x W x C with C 1 or 3; an .npz may hold "
                    "one such, or one each for train, val and test by their names"),
    LK_OPTION_INTEGER(struct options, synthetic, 0, 1, 10000000, "draw this many faces"),
    LK_OPTION_OUTPUT(struct options, out, "FILE.lkd", "the pack to write"),
    LK_OPTION_BOOLEAN(struct options, force, false, "replace the file that --out names"),
    LK_OPTION_INTEGER(struct options, size, 64, 1, 4096, "side of the pictures in the pack"),
    LK_OPTION_INTEGER(struct options, channels, 3, 1, 3, "3 colour, 1 grey"),
    LK_OPTION_INTEGER(struct options, crop, 0, 0, 8192,
                      "side of the centre square that is resized; 0: for CelebA 148/178 of the "
                      "width, otherwise the largest"),
    LK_OPTION_WORD(struct options, filter, "bicubic", LK_WORDS(LK_FILTER_LIST),
                   "filter of the resizing"),
    LK_OPTION_STRING(struct options, background, "black",
                     "what shows through transparent pixels: black, white or a colour, #rrggbb"),
    LK_OPTION_NAMED(struct options, partition, "FILE", "CelebA's partition, if it lies elsewhere"),
    LK_OPTION_WORD(struct options, parts, "hash", LK_WORDS(LK_PARTS_LIST),
                   "what decides the split of a picture: hash: its pixels; name: its name, as "
                   "earlier versions did; folder: the folders train, val and test"),
    LK_OPTION_NUMBER(struct options, val, LK_SHARE_DEFAULT, 0, 1,
                     "share of the pictures for validation"),
    LK_OPTION_NUMBER(struct options, test, LK_SHARE_DEFAULT, 0, 1,
                     "share of the pictures for testing; 1: all"),
    LK_OPTION_INTEGER(struct options, seed, 1, 0, 9007199254740991, "seed of the drawn faces"),
    LK_OPTION_INTEGER(struct options, max_bad, -1, -1, 10000000,
                      "unreadable pictures allowed; -1: one in a thousand, at least 10"),
    LK_OPTION_BOOLEAN(struct options, json, false, "one JSON object"),
    { 0 },
};

/* The sources and the flags that choose them. */
static const struct source {
    const char *key, *flag, *name;
} sources[] = {
    { "celeba", "--celeba", "celeba" }, { "images", "--images", "folder" },
    { "mnist", "--mnist", "mnist" },    { "cifar10", "--cifar10", "cifar10" },
    { "npy", "--npy", "npy" },          { "synthetic", "--synthetic", "synthetic" },
};

/* Flags that only some sources use, and those sources. */
static const struct {
    const char *key, *flag, *sources;
} uses[] = {
    { "partition", "--partition", "--celeba" },
    { "parts", "--parts", "--images" },
    { "crop", "--crop", "--celeba, --images, --mnist, --cifar10 or --npy" },
    { "filter", "--filter", "--celeba, --images, --mnist, --cifar10 or --npy" },
    { "background", "--background", "--celeba or --images" },
    { "max_bad", "--max-bad", "--celeba, --images or --cifar10" },
    { "val", "--val", "--images, --mnist, --cifar10, --npy or --synthetic" },
    { "test", "--test", "--images, --npy or --synthetic" },
    { "seed", "--seed", "--synthetic" },
};

static lk_status find_source(const lk_cli *cli, const struct source **out, lk_error *err) {
    const struct source *source = NULL;
    for (size_t i = 0; i < LK_COUNT(sources); i++) {
        if (!lk_cli_given(cli, sources[i].key)) continue;
        if (source)
            return lk_fail(err, LK_USAGE, "expected one source of pictures, got %s and %s",
                           source->flag, sources[i].flag);
        source = &sources[i];
    }
    if (!source)
        return lk_fail(err, LK_USAGE,
                       "no pictures: expected one of --celeba DIR_OR_ZIP, --images DIR_OR_ZIP..., "
                       "--mnist DIR, --cifar10 DIR, --npy FILE, --synthetic N");
    for (size_t i = 0; i < LK_COUNT(uses); i++)
        if (lk_cli_given(cli, uses[i].key) && !strstr(uses[i].sources, source->flag))
            return lk_fail(err, LK_USAGE, "%s cannot be used with %s, only with %s", uses[i].flag,
                           source->flag, uses[i].sources);
    *out = source;
    return LK_OK;
}

struct progress {
    lk_cli *cli;
    double start_s;
};

static void progress(void *self, int n_done, int n_all) {
    const struct progress *p = self;
    double now_s = lk_seconds(), rate = n_done / (now_s - p->start_s + 1e-9);
    char text[256], done[32], all[32], each_second[32], left[32];
    lk_format(text, sizeof text, "%s of %s pictures, %s a second, %s left",
              lk_count_text(n_done, done), lk_count_text(n_all, all),
              lk_count_text((int64_t)rate, each_second),
              lk_terminal_duration((n_all - n_done) / (rate + 1e-9), left));
    lk_terminal_progress(&p->cli->terminal, now_s, text);
}

/* What the command reports at the end. */
struct result {
    const char *out;
    lk_prepare_report report;
    lk_pack_meta meta;
    double seconds, bytes;
};

/* What happened to pictures on their way, and what was left out. */
static bool put_notes(cJSON *json, const lk_prepare_report *report) {
    bool whole = lk_json_add_number(json, "n_turned", report->n_turned) &&
                 lk_json_add_number(json, "n_composited", report->n_composited) &&
                 lk_json_add_number(json, "n_scaled", report->n_scaled) &&
                 lk_json_add_number(json, "n_other", report->n_other);
    cJSON *skipped = whole ? cJSON_AddObjectToObject(json, "skipped") : NULL;
    for (int kind = 0; kind < LK_N_IMAGE_KINDS && skipped; kind++)
        if (report->n_skipped[kind] &&
            !lk_json_add_number(skipped, lk_image_kind_name((lk_image_kind)kind),
                                report->n_skipped[kind]))
            return false;
    return skipped;
}

static lk_status put_json(const struct result *result, lk_error *err) {
    const lk_pack_meta *meta = &result->meta;
    cJSON *json = cJSON_CreateObject(), *bad = NULL;
    bool whole = cJSON_AddStringToObject(json, "out", result->out);
    for (int split = 0; split < LK_N_SPLITS && whole; split++)
        whole = lk_json_add_number(json, lk_split_name((lk_split)split), meta->n[split]);
    whole = whole && lk_json_add_number(json, "n_absent", meta->n_absent) &&
            lk_json_add_number(json, "n_bad", meta->n_bad) && put_notes(json, &result->report) &&
            (bad = cJSON_AddArrayToObject(json, "bad"));
    for (int i = 0; i < meta->n_bad && i < LK_BAD_LISTED && whole; i++)
        whole = cJSON_AddItemToArray(bad, cJSON_CreateString(result->report.bad[i].text));
    whole = whole && cJSON_AddStringToObject(json, "source", meta->source) &&
            lk_json_add_number(json, "size", meta->size) &&
            lk_json_add_number(json, "channels", meta->channels) &&
            lk_json_add_number(json, "crop", meta->crop) &&
            cJSON_AddStringToObject(json, "filter", meta->filter) &&
            cJSON_AddStringToObject(json, "parts", meta->parts) &&
            (meta->n_equal < 0 || lk_json_add_number(json, "n_equal", meta->n_equal)) &&
            lk_json_add_number(json, "seconds", result->seconds) &&
            lk_json_add_number(json, "bytes", result->bytes) &&
            cJSON_AddStringToObject(json, "fingerprint", meta->fingerprint);
    return lk_cli_put_json(json, whole, err);
}

static void add_count(lk_text *out, int n, const char *words) {
    char number[32];
    if (n) lk_text_add(out, ", %s %s", lk_count_text(n, number), words);
}

static void add_notes(lk_text *out, const lk_prepare_report *report) {
    char words[64];
    for (int kind = 0; kind < LK_N_IMAGE_KINDS; kind++) {
        lk_format(words, sizeof words, "%s (not read)", lk_image_kind_name((lk_image_kind)kind));
        add_count(out, report->n_skipped[kind], words);
    }
    add_count(out, report->n_other, report->n_other == 1 ? "other file" : "other files");
    add_count(out, report->n_turned, "turned upright");
    add_count(out, report->n_composited, "laid over the background");
    add_count(out, report->n_scaled, "scaled to 16 bits");
}

static lk_status put_text(const struct result *result, lk_error *err) {
    const lk_pack_meta *meta = &result->meta;
    lk_text out = { 0 };
    char number[32];
    lk_text_add(&out, "%s: ", result->out);
    for (int split = 0; split < LK_N_SPLITS; split++)
        lk_text_add(&out, "%s%s %s", split ? ", " : "", lk_count_text(meta->n[split], number),
                    lk_split_name((lk_split)split));
    if (meta->n_absent) lk_text_add(&out, ", %s absent", lk_count_text(meta->n_absent, number));
    if (meta->n_bad) lk_text_add(&out, ", %s bad", lk_count_text(meta->n_bad, number));
    add_notes(&out, &result->report);
    add_count(&out, meta->n_equal > 0 ? meta->n_equal : 0, "equal to an earlier one");
    lk_text_add(&out, "; %d x %d x %d, %s", meta->size, meta->size, meta->channels,
                lk_cli_bytes(result->bytes, number));
    lk_text_add(&out, " in %.1f s; fingerprint %s\n", result->seconds, meta->fingerprint);
    return lk_cli_put(&out, err);
}

/* Open the pack as its readers will, which verifies every byte. */
static lk_status read_back(const lk_cli *cli, struct result *result, lk_error *err) {
    lk_pack *pack = NULL;
    struct stat info;
    lk_status status = lk_pack_open(result->out, &cli->context, &pack, err);
    if (status) return status;
    result->meta = *lk_pack_describe(pack);
    result->bytes = stat(result->out, &info) == 0 ? (double)info.st_size : 0;
    lk_pack_close(pack);
    return LK_OK;
}

static lk_prepare_options plan_of(const struct options *given, const struct source *source) {
    lk_prepare_options plan = lk_prepare_defaults();
    plan.source = source->name;
    plan.path = given->images.n   ? given->images.v[0]
                : *given->celeba  ? given->celeba
                : *given->mnist   ? given->mnist
                : *given->cifar10 ? given->cifar10
                                  : given->npy;
    plan.more_paths = given->images.v + 1;
    plan.n_more_paths = given->images.n ? given->images.n - 1 : 0;
    plan.parts = (lk_parts)given->parts;
    plan.partition = *given->partition ? given->partition : NULL;
    plan.crop = (int)given->crop;
    plan.size = (int)given->size;
    plan.channels = (int)given->channels;
    plan.filter = (lk_filter)given->filter;
    plan.val = given->val;
    plan.test = given->test;
    plan.seed = (uint64_t)given->seed;
    plan.count = (int)given->synthetic;
    plan.max_bad = (int)given->max_bad;
    return plan;
}

/* An earlier version split the folder by names: say that its pictures change their split. */
static lk_status compare_with_old(const lk_cli *cli, const struct options *given,
                                  const lk_prepare_options *plan, lk_error *err) {
    lk_pack *old = NULL;
    lk_status status = lk_pack_open(given->out, &cli->context, &old, err);
    if (status) return status == LK_FORMAT ? LK_OK : status; /* another kind of file */
    const lk_pack_meta *meta = lk_pack_describe(old);
    if (strcmp(plan->source, "folder") == 0 && strcmp(meta->source, "folder") == 0 &&
        strcmp(meta->parts, "name") == 0 && plan->parts == LK_PARTS_HASH)
        lk_log_say(&cli->context.log, LK_WARNING,
                   "%s was split by names, now pixels decide: pictures change their split; --parts "
                   "name is the older rule",
                   given->out);
    lk_pack_close(old);
    return LK_OK;
}

/* A pack takes long to make, so it is replaced only on demand. */
static lk_status check_out(const lk_cli *cli, const struct options *given,
                           const lk_prepare_options *plan, lk_error *err) {
    struct stat info;
    if (stat(given->out, &info) != 0 || !S_ISREG(info.st_mode)) return LK_OK;
    if (!given->force)
        return lk_fail(err, LK_USAGE, "--out: %s exists; --force replaces it", given->out);
    return compare_with_old(cli, given, plan, err);
}

/* Threads take and give back the same few buffers for each picture. glibc would return them to the
   system each time and take them again, which costs a tenth of the time. */
static void keep_freed_memory(void) {
#ifdef M_TRIM_THRESHOLD
    enum { KEPT_BYTES = 32 << 20 };
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);
#endif
}

static lk_status run(lk_cli *cli, lk_error *err) {
    const struct options *given = cli->options;
    const struct source *source = NULL;
    struct result *result = NULL;
    struct progress shown = { cli, lk_seconds() };
    lk_status status = find_source(cli, &source, err);
    if (status) return status;
    lk_prepare_options plan = plan_of(given, source);
    if (!lk_image_colour_read(given->background, plan.background))
        return lk_fail(err, LK_USAGE, "--background: expected black, white or #rrggbb, got \"%s\"",
                       given->background);
    status = check_out(cli, given, &plan, err);
    if (status) return status;
    plan.progress = progress;
    plan.stop.asked = lk_signals_status;
    plan.self = &shown;
    result = lk_alloc(sizeof *result);
    if (!result) return lk_fail_memory(err, sizeof *result, "the report");
    result->out = given->out;
    keep_freed_memory();
    lk_signals_catch();
    status = lk_prepare(&plan, &cli->context, given->out, &result->report, err);
    if (!status) status = read_back(cli, result, err);
    result->seconds = lk_seconds() - shown.start_s;
    lk_terminal_end(&cli->terminal); /* or the report would follow the progress on its line */
    if (!status) status = given->json ? put_json(result, err) : put_text(result, err);
    lk_free(result);
    return status;
}

const lk_command lk_command_prepare = {
    .name = "prepare",
    .summary = "Make a pack of pictures: decode, crop, resize, split into train, val and test",
    .example = "likeness prepare --images photos --size 64 --out faces.lkd",
    .usage =
        "--celeba DIR_OR_ZIP | --images DIR_OR_ZIP... | --mnist DIR | --cifar10 DIR | --npy FILE | "
        "--synthetic N  --out FILE.lkd [options]",
    .details =
        "CelebA keeps its official partition. In a folder a hash of a picture's pixels decides its "
        "split, so equal "
        "pictures share a split, and a picture keeps its split when others are added. Pictures "
        "that have the size already "
        "stay unchanged. MNIST and CIFAR-10 keep their test pictures; --val takes its share of the "
        "others.",
    .options = options,
    .options_size = sizeof(struct options),
    .required = "out",
    .computes = true,
    .run = run,
};
