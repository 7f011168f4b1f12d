/* Reconstructions of pictures by trained models: made block by block, measured, and written. */
#include "cli/reconstruction.h"
#include "cli/picture_files.h"
#include "cli/trained.h"
#include "draw/collage.h"
#include "io/npy.h"
#include "net/run_files.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

enum { SHOWN = 16 }; /* pictures in a figure without -n */

struct work {
    lk_cli *cli;
    const lk_reconstruction_plan *plan;
    lk_reconstructions *all;
    size_t n_values;
    lk_real *originals, *made; /* a block, (LK_EVALUATION_BATCH, H, W, C) */
    uint8_t *pixels;           /* the same as bytes */
    const char **files;        /* the names of single pictures; NULL: none are written */
    const char **subfolders;   /* of each run */
    int *chosen;               /* the pictures of the figure, n_shown of them */
    lk_real *shown;            /* (1 + n_runs, n_shown, H, W, C): originals, then what each made */
    double *ssim;              /* (n_runs, n_shown) */
    lk_real *array;            /* (n_runs, n, C, H, W) */
    lk_arena arena;
};

/* ---- what is needed before the first picture is made ---- */

static lk_status reserve(struct work *w, lk_error *err) {
    const lk_reconstructions *all = w->all;
    size_t unit = w->n_values = lk_cli_picture_values(all->pictures.shape),
           runs = (size_t)all->n_runs, block = LK_EVALUATION_BATCH * unit,
           shown = lk_size_mul((1 + runs) * (size_t)all->n_shown, unit * sizeof(lk_real)),
           array = *w->plan->npy
                       ? lk_size_mul(runs * (size_t)all->pictures.n, unit * sizeof(lk_real))
                       : 0;
    w->originals = lk_arena_alloc(&w->arena, block * sizeof(lk_real));
    w->made = lk_arena_alloc(&w->arena, block * sizeof(lk_real));
    w->pixels = lk_arena_alloc(&w->arena, block);
    w->shown = shown ? lk_arena_alloc(&w->arena, shown) : NULL;
    w->chosen = lk_arena_alloc(&w->arena, (size_t)all->n_shown * sizeof *w->chosen + 1);
    w->ssim = lk_arena_alloc(&w->arena, runs * (size_t)all->n_shown * sizeof *w->ssim + 1);
    w->array = array ? lk_arena_alloc(&w->arena, array) : NULL;
    return w->originals && w->made && w->pixels && w->chosen && w->ssim && (w->shown || !shown) &&
                   (w->array || !array)
               ? LK_OK
               : lk_fail_memory(err, shown > array ? shown : array, "the pictures");
}

static void count_shown(struct work *w) {
    lk_reconstructions *all = w->all;
    int n = all->pictures.n, n_rows = 1 + all->n_runs + (all->n_runs == 1),
        most = lk_collage_columns_max(all->pictures.shape, n_rows);
    if (!w->plan->from->n && !*w->plan->from->index && n > SHOWN) n = SHOWN;
    all->n_shown = *w->plan->out ? (n < most || !most ? n : most) : 0;
}

/* The names of runs: those of `table`, or where some are equal the words of the command line. */
static void label_runs(const struct work *w) {
    const lk_reconstructions *all = w->all;
    for (int i = 0; i < all->n_runs; i++) {
        int n_equal = 0;
        for (int k = i; k < all->n_runs; k++)
            n_equal += strcmp(all->runs[k].label, all->runs[i].label) == 0;
        for (int k = all->n_runs - 1; k >= i && n_equal > 1; k--)
            if (strcmp(all->runs[k].label, all->runs[i].label) == 0)
                lk_format(all->runs[k].label, LK_WORDS_MAX, "%s", w->cli->arguments[k]);
    }
}

static lk_status name_files(struct work *w, lk_error *err) {
    const lk_reconstructions *all = w->all;
    size_t n = (size_t)all->pictures.n, n_runs = (size_t)all->n_runs;
    w->files = lk_arena_alloc(&w->arena, n * sizeof *w->files);
    w->subfolders = lk_arena_alloc(&w->arena, (n_runs + 1) * sizeof *w->subfolders);
    if (!w->files || !w->subfolders)
        return lk_fail_memory(err, n * sizeof *w->files, "the names of pictures");
    for (size_t i = 0; i < n; i++) w->files[i] = all->pictures.items[i].file;
    for (size_t i = 0; i < n_runs; i++) w->subfolders[i] = all->runs[i].label;
    lk_status status = lk_file_names(w->files, (int)n, ".png", &w->arena, w->files, err);
    return status ? status
                  : lk_file_names(w->subfolders, (int)n_runs, "", &w->arena, w->subfolders, err);
}

/* The folder of a run's pictures. */
static bool folder_of_run(const struct work *w, int run, char path[LK_PATH_MAX]) {
    bool one = w->all->n_runs == 1;
    return lk_format(path, LK_PATH_MAX, "%s%s%s", w->plan->folder, one ? "" : "/",
                     one ? "" : w->subfolders[run]);
}

/* No picture that was read is overwritten. */
static lk_status check_files(struct work *w, const char *flag, const char *folder, lk_error *err) {
    lk_status status = LK_OK;
    for (int i = 0; i < w->all->pictures.n && !status; i++) {
        char path[LK_PATH_MAX];
        if (!lk_format(path, sizeof path, "%s/%s", folder, w->files[i]))
            return lk_fail(err, LK_WRITE, "%.200s...: path is too long", path);
        status = lk_pictures_check_output(&w->all->pictures, flag, path, err);
    }
    return status;
}

static lk_status make_folder(struct work *w, const char *flag, const char *path, lk_error *err) {
    return *path ? lk_picture_folder_create(flag, path, w->plan->force, err) : LK_OK;
}

static bool is_same_folder(const char *a, const char *b) {
    struct stat of_a, of_b;
    return stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
           of_a.st_ino == of_b.st_ino;
}

static lk_status make_folders(struct work *w, lk_error *err) {
    const char *folder = w->plan->folder, *originals = w->plan->originals;
    if (!*folder && !*originals) return LK_OK;
    lk_status status = name_files(w, err);
    if (!status) status = make_folder(w, "--folder", folder, err);
    if (!status) status = make_folder(w, "--originals", originals, err);
    if (status) return status;
    if (*folder && *originals && is_same_folder(folder, originals))
        return lk_fail(err, LK_USAGE,
                       "--folder and --originals: expected two folders, got %s for both", folder);
    if (!w->plan->force) return LK_OK;
    if (*originals) status = check_files(w, "--originals", originals, err);
    for (int i = 0; i < w->all->n_runs && *folder && !status; i++) {
        char path[LK_PATH_MAX];
        status = folder_of_run(w, i, path)
                     ? check_files(w, "--folder", path, err)
                     : lk_fail(err, LK_WRITE, "%.200s...: path is too long", folder);
    }
    return status;
}

static lk_status check_outputs(struct work *w, lk_error *err) {
    lk_pictures *pictures = &w->all->pictures;
    lk_status status = lk_pictures_check_output(pictures, "--out", w->plan->out, err);
    return status ? status : lk_pictures_check_output(pictures, "--npy", w->plan->npy, err);
}

/* Everything that depends on the number and the shape of the pictures. */
static lk_status start(struct work *w, lk_error *err) {
    count_shown(w);
    lk_status status = reserve(w, err);
    return status ? status : make_folders(w, err);
}

/* ---- one run ---- */

static lk_status keep(struct work *w, int run, int first, int n, lk_picture_folder *folder,
                      lk_error *err) {
    const lk_reconstructions *all = w->all;
    lk_image_shape shape = all->pictures.shape;
    size_t at = (size_t)first * w->n_values, block = (size_t)n * w->n_values;
    if (w->array)
        lk_from_channels_last(LK_SHAPE_4(n, shape.channels, shape.size, shape.size), w->made,
                              w->array + (size_t)run * (size_t)all->pictures.n * w->n_values + at);
    if (!folder->path) return LK_OK;
    lk_bytes_from_reals(w->made, block, w->pixels);
    return lk_picture_folder_write(folder, first, n, w->pixels, err);
}

static lk_status make_all(struct work *w, int run, lk_trained *trained, lk_error *err) {
    lk_reconstruction *r = &w->all->runs[run];
    const lk_pictures *pictures = &w->all->pictures;
    char path[LK_PATH_MAX];
    lk_picture_folder folder = { .path = *w->plan->folder ? path : NULL,
                                 .files = w->files,
                                 .shape = pictures->shape };
    lk_status status = LK_OK;
    if (folder.path && !folder_of_run(w, run, path))
        return lk_fail(err, LK_WRITE, "%.200s...: path is too long", path);
    if (pictures->shape.size >= LK_METRIC_MIN_SIDE)
        status = lk_metrics_create(&w->cli->context, pictures->shape.size, pictures->shape.size,
                                   pictures->shape.channels, &r->metrics, err);
    for (int first = 0; first < pictures->n && !status; first += LK_EVALUATION_BATCH) {
        int rest = pictures->n - first, n = rest < LK_EVALUATION_BATCH ? rest : LK_EVALUATION_BATCH;
        lk_pictures_numbers(pictures, first, n, w->originals);
        lk_trained_reconstruct(trained, w->originals, n, w->made);
        status = lk_graph_status(trained->net.graph, err);
        if (!status && r->metrics)
            status = lk_metrics_add(r->metrics, w->originals, w->made, n, err);
        if (!status) status = keep(w, run, first, n, &folder, err);
    }
    if (!status && r->metrics) lk_metrics_summarise(r->metrics, &r->summary);
    return status;
}

/* ---- the pictures of the figure ---- */

/* All of them in the given order; or where nobody said which, those from the first run's typical
   picture to its worst. */
static lk_status choose(struct work *w, lk_error *err) {
    lk_reconstructions *all = w->all;
    const lk_picture_options *from = w->plan->from;
    const lk_metrics *metrics = all->runs[0].metrics;
    all->by_quantiles =
        metrics && !from->n && !*from->index && all->n_shown && all->n_shown < all->pictures.n;
    for (int i = 0; i < all->n_shown; i++) w->chosen[i] = i;
    lk_status status = LK_OK;
    if (all->by_quantiles)
        status = lk_metrics_typical_to_worst(metrics, LK_METRIC_SSIM, all->pictures.n, all->n_shown,
                                             w->chosen, err);
    for (int i = 0; i < all->n_shown && !status; i++)
        lk_pictures_numbers(&all->pictures, w->chosen[i], 1, w->shown + (size_t)i * w->n_values);
    return status;
}

static lk_status show(struct work *w, int run, lk_trained *trained, lk_error *err) {
    const lk_reconstructions *all = w->all;
    const lk_metrics *metrics = all->runs[run].metrics;
    int n = all->n_shown;
    lk_status status = run == 0 ? choose(w, err) : LK_OK;
    if (status || !n) return status;
    for (int i = 0; i < n; i++)
        w->ssim[run * n + i] =
            metrics ? lk_metrics_score(metrics, LK_METRIC_SSIM, (size_t)w->chosen[i]).value
                    : (double)NAN;
    lk_trained_reconstruct(trained, w->shown, n,
                           w->shown + (size_t)(1 + run) * (size_t)n * w->n_values);
    return lk_graph_status(trained->net.graph, err);
}

/* ---- all runs ---- */

/* Models for the same size; other crops are another matter, which is said. */
static lk_status check_alike(const struct work *w, const lk_trained *first,
                             const lk_trained *trained, lk_error *err) {
    lk_image_shape a = first->net.images, b = trained->net.images;
    if (a.size != b.size || a.channels != b.channels)
        return lk_fail(err, LK_FORMAT,
                       "%s: expected a model for pictures of %d x %d with %d channels, as %s, got "
                       "%d x %d with %d",
                       trained->path, a.size, a.size, a.channels, first->path, b.size, b.size,
                       b.channels);
    if (first->data.crop != trained->data.crop || first->data.filter != trained->data.filter ||
        strcmp(first->data.background, trained->data.background) != 0)
        lk_log_say(&w->cli->context.log, LK_WARNING,
                   "%s was trained on pictures that were cut or resized in another way than those "
                   "of %s: its reconstructions are of the latter",
                   trained->path, first->path);
    return LK_OK;
}

static lk_status open_run(const struct work *w, const char *path, lk_trained *trained,
                          lk_error *err) {
    const lk_strings *sets = w->plan->sets;
    return lk_trained_open(path, &w->cli->context, sets->v, sets->n, trained, err);
}

/* Labels the runs and reads the pictures for them. */
static lk_status look_at_runs(struct work *w, lk_error *err) {
    lk_trained first = { 0 }, other = { 0 };
    lk_reconstructions *all = w->all;
    lk_status status = LK_OK;
    for (int i = 0; i < all->n_runs && !status; i++) {
        lk_trained *trained = i ? &other : &first;
        status = open_run(w, w->cli->arguments[i], trained, err);
        if (status) break;
        lk_run_name(trained->config.name, trained->path, all->runs[i].label);
        lk_format(all->runs[i].path, LK_PATH_MAX, "%s", trained->path);
        all->runs[i].unfinished = trained->unfinished;
        if (i) status = check_alike(w, &first, trained, err);
        if (i) lk_trained_close(trained);
    }
    if (!status)
        status = lk_pictures_read(&all->pictures, w->cli, &first, w->plan->from->crop, err);
    lk_trained_close(&first);
    label_runs(w);
    return status;
}

static lk_status run_one(struct work *w, int run, lk_error *err) {
    lk_trained trained;
    lk_status status = open_run(w, w->all->runs[run].path, &trained, err);
    if (status) return status;
    status = make_all(w, run, &trained, err);
    if (!status) status = show(w, run, &trained, err);
    lk_trained_close(&trained);
    return status;
}

/* ---- all ---- */

static lk_status write_originals(struct work *w, lk_error *err) {
    const lk_pictures *pictures = &w->all->pictures;
    lk_picture_folder folder = { .path = w->plan->originals,
                                 .files = w->files,
                                 .shape = pictures->shape };
    lk_status status = LK_OK;
    for (int i = 0; i < pictures->n && !status; i++)
        status = lk_picture_folder_write(&folder, i, 1, pictures->items[i].pixels, err);
    return status;
}

/* "AE (MSE): mean SSIM 0.741", or for several runs "2 models". */
static void write_title(const lk_reconstructions *all, char title[LK_WORDS_MAX + 64]) {
    size_t n_bytes = LK_WORDS_MAX + 64;
    if (all->n_runs > 1)
        lk_format(title, n_bytes, "%d models, the same pictures", all->n_runs);
    else if (all->runs[0].metrics)
        lk_format(title, n_bytes, "%s: mean SSIM %.3f", all->runs[0].label,
                  all->runs[0].summary.value[LK_METRIC_SSIM]);
    else
        lk_format(title, n_bytes, "%s", all->runs[0].label);
}

static void write_subtitle(const lk_reconstructions *all, char out[128]) {
    char shown[32], n[32];
    lk_count_text(all->n_shown, shown);
    lk_count_text(all->pictures.n, n);
    if (all->by_quantiles)
        lk_format(out, 128, "%s of %s pictures, from the typical one to the worst%s", shown, n,
                  all->n_runs > 1 ? " of the first model" : "");
    else if (all->n_shown < all->pictures.n)
        lk_format(out, 128, "the first %s of %s pictures", shown, n);
    else
        lk_format(out, 128, "%s picture%s", n, all->pictures.n == 1 ? "" : "s");
}

static lk_status write_grid(struct work *w, lk_error *err) {
    const lk_reconstructions *all = w->all;
    char title[LK_WORDS_MAX + 64], below[128];
    const char **labels = lk_arena_alloc(&w->arena, (size_t)all->n_runs * sizeof *labels);
    if (!labels) return lk_fail_memory(err, (size_t)all->n_runs * sizeof *labels, w->plan->out);
    for (int i = 0; i < all->n_runs; i++) labels[i] = all->runs[i].label;
    write_title(all, title);
    write_subtitle(all, below);
    const lk_collage_faces faces = { .shape = all->pictures.shape,
                                     .n = all->n_shown,
                                     .n_models = all->n_runs,
                                     .originals = w->shown,
                                     .made = w->shown + (size_t)all->n_shown * w->n_values,
                                     .ssim = w->ssim,
                                     .labels = labels,
                                     .title = title,
                                     .subtitle = below };
    lk_cli_origin origin;
    lk_cli_origin_init(&origin, w->cli, NULL, title);
    if (all->n_runs == 1) origin.notes.model = all->runs[0].label;
    origin.notes.data = all->pictures.data;
    lk_status status = lk_collage_faces_write(w->plan->out, &faces, &origin.notes, err);
    lk_cli_origin_deinit(&origin);
    return status;
}

static lk_status write_array(const struct work *w, lk_error *err) {
    const lk_reconstructions *all = w->all;
    size_t side = (size_t)all->pictures.shape.size;
    const size_t dims[] = { (size_t)all->n_runs, (size_t)all->pictures.n,
                            (size_t)all->pictures.shape.channels, side, side };
    int skipped = all->n_runs == 1;
    return lk_npy_write(w->plan->npy, w->array, dims + skipped, (int)LK_COUNT(dims) - skipped, err);
}

/* Without a run only a pack's own pictures can be written. */
static lk_status read_pictures(struct work *w, lk_error *err) {
    lk_pictures *pictures = &w->all->pictures;
    if (w->all->n_runs) return look_at_runs(w, err);
    const lk_pack_meta *meta = lk_pack_describe(pictures->pack);
    pictures->shape = (lk_image_shape){ meta->size, meta->channels };
    return LK_OK;
}

static lk_status do_all(struct work *w, lk_error *err) {
    const lk_reconstruction_plan *plan = w->plan;
    int n_words = w->cli->n_arguments - plan->n_runs;
    lk_status status = lk_pictures_open(w->cli, plan->from, w->cli->arguments + plan->n_runs,
                                        n_words, &w->all->pictures, err);
    if (!status) status = check_outputs(w, err);
    if (!status) status = read_pictures(w, err);
    if (!status) status = start(w, err);
    if (!status && *plan->originals) status = write_originals(w, err);
    for (int run = 0; run < plan->n_runs && !status; run++) status = run_one(w, run, err);
    if (!status && *plan->out) status = write_grid(w, err);
    if (!status && *plan->npy) status = write_array(w, err);
    return status;
}

lk_status lk_reconstruct(lk_cli *cli, const lk_reconstruction_plan *plan, lk_reconstructions *out,
                         lk_error *err) {
    struct work w = { .cli = cli, .plan = plan, .all = out };
    size_t n_bytes = ((size_t)plan->n_runs + 1) * sizeof *out->runs;
    *out = (lk_reconstructions){ .n_runs = plan->n_runs };
    lk_arena_init(&w.arena);
    out->runs = lk_alloc(n_bytes);
    lk_status status = out->runs ? do_all(&w, err) : lk_fail_memory(err, n_bytes, "the runs");
    lk_arena_deinit(&w.arena);
    return status;
}

void lk_reconstructions_deinit(lk_reconstructions *r) {
    for (int i = 0; i < r->n_runs && r->runs; i++) lk_metrics_destroy(r->runs[i].metrics);
    lk_free(r->runs);
    lk_pictures_close(&r->pictures);
}
