/* Presets: networks whose layers follow the size of the pictures. */
#include "model/presets.h"

#include <stdio.h>
#include <string.h>

enum { TIMES_WIDTH_MAX = 8, STAGES_MIN = 2, STAGES_MAX = 16, NEARBY = 2 };

#define ROW(name_, ...) { .name = #name_, __VA_ARGS__ },
const lk_preset lk_presets[] = { LK_PRESET_LIST(ROW){ 0 } };

const lk_preset *lk_preset_find(const char *name) {
    for (const lk_preset *preset = lk_presets; preset->name; preset++)
        if (strcmp(preset->name, name) == 0) return preset;
    return NULL;
}

/* ---- sizes ---- */

/* How often the side is halved, to 3, 4 or 5, which is as close to 4 as halves come; 0: such a side
   is not reached. */
static int stages_of(int size) {
    int n = 0;
    for (; n < STAGES_MAX && size > 5 && size % 2 == 0; n++) size /= 2;
    return size >= 3 && size <= 5 && n >= STAGES_MIN ? n : 0;
}

/* Append the sizes that work next to this one, smaller ones first. */
static void add_nearby(int size, lk_text *out) {
    int nearby[2 * NEARBY], n = 0;
    for (int i = size - 1; i > 0 && n < NEARBY; i--)
        if (stages_of(i)) nearby[n++] = i;
    for (int i = n - 1; i >= 0; i--) lk_text_add(out, "%d, ", nearby[i]);
    for (int i = size + 1, found = 0; i < 1 << STAGES_MAX && found < NEARBY; i++)
        if (stages_of(i)) lk_text_add(out, "%s%d", found++ ? ", " : "", i);
}

/* ---- layers, as the JSON of a config ---- */

struct plan {
    const lk_preset *preset;
    int width, stages, end; /* end: the side of the encoder's last maps */
};

static int channels_of(const struct plan *plan, int stage) {
    return plan->width * (1 << stage < TIMES_WIDTH_MAX ? 1 << stage : TIMES_WIDTH_MAX);
}

static void add_norm(lk_text *out) {
    lk_text_add(out, ",{\"type\":\"batch_norm\"},{\"type\":\"relu\"},");
}

static void add_encoder(const struct plan *plan, lk_text *out) {
    const lk_preset *p = plan->preset;
    for (int i = 0; i < plan->stages; i++) {
        lk_text_add(out,
                    "{\"type\":\"conv\",\"out\":%d,\"kernel\":%d,\"stride\":2,\"padding\":%d,"
                    "\"bias\":false}",
                    channels_of(plan, i), p->kernel, p->padding);
        add_norm(out);
    }
    lk_text_add(out, "{\"type\":\"flatten\"}");
}

static void add_decoder(const struct plan *plan, lk_text *out) {
    const lk_preset *p = plan->preset;
    int side = plan->end * (p->last_keeps_side ? 2 : 1), last = plan->stages - 1,
        channels = channels_of(plan, last);
    lk_text_add(out, "{\"type\":\"linear\",\"out\":%d},{\"type\":\"reshape\",\"shape\":[%d,%d,%d]}",
                channels * side * side, channels, side, side);
    add_norm(out);
    for (int i = last - 1; i >= 0; i--) {
        lk_text_add(out,
                    "{\"type\":\"conv_transpose\",\"out\":%d,\"kernel\":%d,\"stride\":2,"
                    "\"padding\":%d,\"output_padding\":%d,\"bias\":false}",
                    channels_of(plan, i), p->kernel, p->padding, p->output_padding);
        add_norm(out);
    }
    lk_text_add(out,
                "{\"type\":\"conv_transpose\",\"out\":0,\"kernel\":%d,\"stride\":%d,"
                "\"padding\":%d},{\"type\":\"sigmoid\"}",
                p->kernel, p->last_keeps_side ? 1 : 2, p->padding);
}

lk_status lk_preset_layers(const lk_preset *preset, int width, int size, lk_text *out,
                           lk_error *err) {
    struct plan plan = { preset, width ? width : preset->width, stages_of(size), 0 };
    lk_text nearby = { 0 };
    lk_status status = LK_OK;
    if (plan.stages) {
        plan.end = size >> plan.stages;
        lk_text_add(out, "{\"encoder\":[");
        add_encoder(&plan, out);
        lk_text_add(out, "],\"decoder\":[");
        add_decoder(&plan, out);
        lk_text_add(out, "]}");
        if (out->failed) status = lk_fail_memory(err, out->n, preset->name);
    } else {
        add_nearby(size, &nearby);
        status = nearby.failed
                     ? lk_fail_memory(err, nearby.n, preset->name)
                     : lk_fail(err, LK_USAGE,
                               "expected pictures whose side halves to 3, 4 or 5, for preset %s "
                               "(nearby: %s), got %d x %d",
                               preset->name, nearby.data, size, size);
    }
    lk_text_deinit(&nearby);
    return status;
}
