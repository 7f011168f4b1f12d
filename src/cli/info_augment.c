/* likeness info CONFIG --augment: what training sees of some pictures in the first epochs. */
#include "cli/info.h"
#include "cli/output.h"
#include "cli/trained.h"
#include "draw/collage.h"

#include <likeness/config.h>
#include <likeness/loader.h>
#include <string.h>

enum { PICTURES = 8, EPOCHS = 7 }; /* rows; columns after the original */

/* One column: the first pictures of the pack, unchanged or as in that epoch. */
static lk_status fill_column(lk_cli *cli, const lk_pack *pack, const lk_config *config, int column,
                             lk_real *out, lk_error *err) {
    const bool changes = column > 0;
    const lk_loader_options options = { .split = LK_SPLIT_TRAIN,
                                        .batch_size = PICTURES,
                                        .seed = (uint64_t)config->seed,
                                        .flip = changes && config->train.flip,
                                        .augment = changes ? &config->train.augment : NULL };
    lk_loader *loader = NULL;
    lk_status status = lk_loader_create(pack, &options, &loader, err);
    if (!status)
        lk_loader_fill(loader, &cli->context, changes ? (uint32_t)column - 1 : 0, 0, out, NULL);
    lk_loader_destroy(loader);
    return status;
}

static lk_status write_table(const lk_cli *cli, lk_image_shape shape, int n_rows,
                             const lk_real *const *cells, lk_error *err) {
    static const char *const heads[] = { "original", "epoch 1", "2", "3", "4", "5", "6", "7" };
    _Static_assert(LK_COUNT(heads) == 1 + EPOCHS, "a head for each column");
    const lk_info_options *given = cli->options;
    const lk_collage collage = { .shape = shape,
                                 .n_rows = n_rows,
                                 .n_columns = 1 + EPOCHS,
                                 .cells = cells,
                                 .title = "What training sees of a picture",
                                 .heads = heads };
    lk_cli_origin origin;
    lk_cli_origin_init(&origin, cli, NULL, collage.title);
    lk_status status = lk_collage_write(given->augment, &collage, &origin.notes, err);
    lk_cli_origin_deinit(&origin);
    return status;
}

static lk_status draw(lk_cli *cli, const lk_pack *pack, const lk_config *config, lk_error *err) {
    const lk_pack_meta *meta = lk_pack_describe(pack);
    const lk_image_shape shape = { meta->size, meta->channels };
    const size_t n = (size_t)shape.size * (size_t)shape.size * (size_t)shape.channels,
                 bytes = lk_size_mul(PICTURES * (1 + EPOCHS) * n, sizeof(lk_real));
    const int train = lk_pack_count(pack, LK_SPLIT_TRAIN),
              n_rows = train < PICTURES ? train : PICTURES;
    const lk_real *cells[PICTURES * (1 + EPOCHS)];
    lk_real *pictures = lk_alloc(bytes);
    lk_status status = pictures ? LK_OK : lk_fail_memory(err, bytes, "pictures");
    for (int c = 0; c <= EPOCHS && !status; c++) {
        lk_real *column = pictures + (size_t)c * PICTURES * n;
        status = fill_column(cli, pack, config, c, column, err);
        for (int r = 0; r < n_rows; r++) cells[r * (1 + EPOCHS) + c] = column + (size_t)r * n;
    }
    if (!status) status = write_table(cli, shape, n_rows, cells, err);
    lk_free(pictures);
    return status;
}

lk_status lk_info_augment(lk_cli *cli, const char *path, lk_error *err) {
    const lk_info_options *given = cli->options;
    lk_config *config = lk_alloc(sizeof *config);
    lk_pack *pack = NULL;
    if (!config) return lk_fail_memory(err, sizeof *config, path);
    lk_status status = lk_cli_check_format("--augment", given->augment, LK_CANVAS_FORMATS, err);
    if (!status) status = lk_config_load(path, given->set.v, given->set.n, config, err);
    if (!status) status = lk_pack_open(given->data, &cli->context, &pack, err);
    if (!status) status = draw(cli, pack, config, err);
    lk_pack_close(pack);
    lk_config_deinit(config);
    lk_free(config);
    return status;
}
