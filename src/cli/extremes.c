/* The worst and the best pictures of a split: found, drawn, listed. */
#include "cli/extremes.h"
#include "cli/markdown.h"
#include "cli/output.h"
#include "cli/pictures.h"
#include "cli/trained.h"
#include "draw/collage.h"
#include "net/run_files.h"
#include "report/report.h"

#include <string.h>

/* The pack may be closed before they are printed. */
static lk_status keep_name(const char *name, char **kept, lk_error *err) {
    size_t n = strlen(name) + 1;
    *kept = lk_alloc(n);
    if (!*kept) return lk_fail_memory(err, n, "the name of a picture");
    memcpy(*kept, name, n);
    return LK_OK;
}

lk_status lk_extremes_find(const lk_pack *pack, lk_split split, const lk_score *scores, int n,
                           lk_extremes *extremes, lk_error *err) {
    int n_all = lk_pack_count(pack, split);
    *extremes = (lk_extremes){ .n = n < n_all ? n : n_all, .split = split };
    lk_status status = lk_ranked_extremes(scores, n_all, extremes->n, extremes->pictures, err);
    for (int i = 0; i < 2 * extremes->n && !status; i++)
        status = keep_name(lk_pack_name(pack, split, extremes->pictures[i].index),
                           &extremes->names[i], err);
    return status;
}

void lk_extremes_deinit(lk_extremes *extremes) {
    for (int i = 0; i < 2 * extremes->n; i++) lk_free(extremes->names[i]);
    *extremes = (lk_extremes){ 0 };
}

enum { CAPTION = 16 };

/* The cells and captions of four rows: the worst, their reconstructions, the best, theirs. */
struct table {
    const lk_real *cells[4 * LK_EXTREMES_MAX];
    const char *captions[4 * LK_EXTREMES_MAX];
    char words[2 * LK_EXTREMES_MAX][CAPTION];
};

static void fill_table(const lk_extremes *extremes, size_t n_values, const lk_real *originals,
                       const lk_real *reconstructions, struct table *table) {
    int n = extremes->n;
    for (int i = 0; i < 2 * n; i++) {
        int row = i / n * 2, column = i % n;
        table->cells[row * n + column] = originals + (size_t)i * n_values;
        table->cells[(row + 1) * n + column] = reconstructions + (size_t)i * n_values;
        lk_format(table->words[i], CAPTION, "%.3f", extremes->pictures[i].ssim);
        table->captions[(row + 1) * n + column] = table->words[i];
    }
}

static lk_status write_table(const lk_extremes *extremes, const lk_cli *cli,
                             const lk_trained *trained, const char *path, const lk_real *originals,
                             const lk_real *reconstructions, lk_error *err) {
    static const char *const labels[] = { "worst", "reconstruction", "best", "reconstruction" };
    char title[LK_WORDS_MAX + 80], name[LK_WORDS_MAX];
    struct table table = { 0 };
    fill_table(extremes, lk_cli_picture_values(trained->net.images), originals, reconstructions,
               &table);
    lk_format(title, sizeof title, "%s: pictures of the %s split with the lowest and highest SSIM",
              lk_run_name(trained->config.name, trained->path, name),
              lk_split_name(extremes->split));
    const lk_collage collage = { .shape = trained->net.images,
                                 .n_rows = 4,
                                 .n_columns = extremes->n,
                                 .cells = table.cells,
                                 .title = title,
                                 .labels = labels,
                                 .captions = table.captions,
                                 .block = 2 };
    lk_cli_origin origin;
    lk_cli_origin_init(&origin, cli, trained, title);
    lk_status status = lk_collage_write(path, &collage, &origin.notes, err);
    lk_cli_origin_deinit(&origin);
    return status;
}

lk_status lk_extremes_draw(const lk_extremes *extremes, const lk_cli *cli, lk_trained *trained,
                           const lk_pack *pack, const char *path, lk_error *err) {
    lk_status status = LK_OK;
    lk_image_shape shape = trained->net.images;
    int n = 2 * extremes->n;
    size_t n_values = lk_cli_picture_values(shape),
           n_bytes = lk_size_mul((size_t)n, n_values * sizeof(lk_real));
    lk_real *originals = lk_alloc(n_bytes), *reconstructions = lk_alloc(n_bytes), *to = originals;
    if (!originals || !reconstructions) {
        status = lk_fail_memory(err, 2 * n_bytes, "the pictures");
        goto done;
    }
    for (int i = 0; i < n; i++) {
        const uint8_t *pixels = lk_pack_pixels(pack, extremes->split, extremes->pictures[i].index);
        for (size_t k = 0; k < n_values; k++) *to++ = LK_R(pixels[k]) / 255;
    }
    lk_trained_reconstruct(trained, originals, n, reconstructions);
    status = lk_graph_status(trained->net.graph, err);
    if (!status)
        status = write_table(extremes, cli, trained, path, originals, reconstructions, err);
done:
    lk_free(originals);
    lk_free(reconstructions);
    return status;
}

/* A name or a path may be any bytes. */
static void add_name(const char *name, lk_text *out) {
    lk_text shown = { 0 };
    lk_text_name(&shown, name);
    lk_report_md_cell(shown.data ? shown.data : "", out);
    out->failed = out->failed || shown.failed;
    lk_text_deinit(&shown);
}

lk_status lk_extremes_print(const lk_extremes *extremes, const char *path, lk_error *err) {
    lk_text out = { 0 };
    lk_text_add(&out, "\n| ");
    add_name(path, &out);
    lk_text_add(&out, " | index | name | SSIM | MSE |\n|---|---|---|---|---|\n");
    for (int i = 0; i < 2 * extremes->n; i++) {
        const lk_ranked *picture = &extremes->pictures[i];
        lk_text_add(&out, "| %s | %d | ", i < extremes->n ? "worst" : "best", picture->index);
        add_name(extremes->names[i], &out);
        lk_text_add(&out, " | %.4f | %.5f |\n", picture->ssim, picture->mse);
    }
    return lk_cli_put_markdown(&out, err);
}

static bool add_list(cJSON *json, const char *key, const lk_extremes *extremes, int first) {
    const lk_ranked *pictures = extremes->pictures + first;
    cJSON *list = cJSON_AddArrayToObject(json, key);
    for (int i = 0; i < extremes->n && list; i++) {
        cJSON *picture = cJSON_CreateObject();
        if (!cJSON_AddItemToArray(list, picture) ||
            !lk_json_add_number(picture, "index", pictures[i].index) ||
            !cJSON_AddStringToObject(picture, "name", extremes->names[first + i]) ||
            !lk_json_add_number(picture, "ssim", pictures[i].ssim) ||
            !lk_json_add_number(picture, "mse", pictures[i].mse))
            return false;
    }
    return list;
}

bool lk_extremes_json(const lk_extremes *extremes, cJSON *json) {
    return add_list(json, "worst", extremes, 0) && add_list(json, "best", extremes, extremes->n);
}
