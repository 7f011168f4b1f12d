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

/* How often the side is halved to that of the code's maps; 0: halves do not reach it. */
static int stages_to(int size, int side) {
    int n = 0;
    for (; n < STAGES_MAX && size > side && size % 2 == 0; n++) size /= 2;
    return size == side ? n : 0;
}

/* ---- messages ---- */

static void add_sides(int size, lk_text *out) {
    for (int n = 0; n < STAGES_MAX && size % 2 == 0; n++, size /= 2)
        lk_text_add(out, "%s%d", n ? ", " : "", size / 2);
}

static lk_status refuse_side(const lk_preset *preset, int size, lk_shape code, lk_error *err) {
    char got[64];
    lk_text sides = { 0 };
    if (size % 2)
        return lk_fail(err, LK_USAGE,
                       "expected pictures with an even side, as codes are maps of a smaller side, "
                       "got %d x %d",
                       size, size);
    add_sides(size, &sides);
    lk_status status =
        sides.failed
            ? lk_fail_memory(err, sides.n, preset->name)
            : lk_fail(err, LK_USAGE,
                      "expected maps whose side is %s, which preset %s reaches from "
                      "pictures of %d x %d, got %s",
                      sides.data, preset->name, size, size, lk_shape_text(code, got, sizeof got));
    lk_text_deinit(&sides);
    return status;
}

static lk_status refuse_size(const lk_preset *preset, int size, lk_error *err) {
    lk_text nearby = { 0 };
    add_nearby(size, &nearby);
    lk_status status =
        nearby.failed ? lk_fail_memory(err, nearby.n, preset->name)
                      : lk_fail(err, LK_USAGE,
                                "expected pictures whose side halves to 3, 4 or 5, for preset %s "
                                "(nearby: %s), got %d x %d",
                                preset->name, nearby.data, size, size);
    lk_text_deinit(&nearby);
    return status;
}

/* ---- layers, as the JSON of a config ---- */

struct plan {
    const lk_preset *preset;
    int width, stages, end; /* end: the side of the encoder's last maps */
    bool maps;              /* codes have a shape */
};

static int channels_of(const struct plan *plan, int stage) {
    return plan->width * (1 << stage < TIMES_WIDTH_MAX ? 1 << stage : TIMES_WIDTH_MAX);
}

static void add_norm(lk_text *out) {
    lk_text_add(out, ",{\"type\":\"batch_norm\"},{\"type\":\"relu\"}");
}

static void add_encoder(const struct plan *plan, lk_text *out) {
    const lk_preset *p = plan->preset;
    for (int i = 0; i < plan->stages; i++) {
        lk_text_add(out,
                    "%s{\"type\":\"conv\",\"out\":%d,\"kernel\":%d,\"stride\":2,\"padding\":%d,"
                    "\"bias\":false}",
                    i ? "," : "", channels_of(plan, i), p->kernel, p->padding);
        add_norm(out);
    }
    if (!plan->maps) lk_text_add(out, ",{\"type\":\"flatten\"}");
}

static void add_doubling(const struct plan *plan, int channels, lk_text *out) {
    const lk_preset *p = plan->preset;
    lk_text_add(out,
                ",{\"type\":\"conv_transpose\",\"out\":%d,\"kernel\":%d,\"stride\":2,"
                "\"padding\":%d,\"output_padding\":%d,\"bias\":false}",
                channels, p->kernel, p->padding, p->output_padding);
    add_norm(out);
}

/* From the code to the maps of the last stage. */
static void add_first(const struct plan *plan, lk_text *out) {
    int channels = channels_of(plan, plan->stages - 1),
        side = plan->end * (plan->preset->last_keeps_side ? 2 : 1);
    if (plan->maps)
        lk_text_add(out,
                    "{\"type\":\"conv\",\"out\":%d,\"kernel\":1,\"stride\":1,\"padding\":0,"
                    "\"bias\":false}",
                    channels);
    else
        lk_text_add(out,
                    "{\"type\":\"linear\",\"out\":%d},{\"type\":\"reshape\",\"shape\":[%d,%d,%d]}",
                    channels * side * side, channels, side, side);
    add_norm(out);
    if (plan->maps && plan->preset->last_keeps_side) add_doubling(plan, channels, out);
}

static void add_decoder(const struct plan *plan, lk_text *out) {
    const lk_preset *p = plan->preset;
    add_first(plan, out);
    for (int i = plan->stages - 2; i >= 0; i--) add_doubling(plan, channels_of(plan, i), out);
    lk_text_add(out,
                ",{\"type\":\"conv_transpose\",\"out\":0,\"kernel\":%d,\"stride\":%d,"
                "\"padding\":%d},{\"type\":\"sigmoid\"}",
                p->kernel, p->last_keeps_side ? 1 : 2, p->padding);
}

lk_status lk_preset_layers(const lk_preset *preset, int width, int size, lk_shape code,
                           lk_text *out, lk_error *err) {
    bool maps = code.rank == 3;
    struct plan plan = { .preset = preset, .width = width ? width : preset->width, .maps = maps };
    if (!maps)
        plan.stages = stages_of(size);
    else if (code.d[1] == code.d[2])
        plan.stages = stages_to(size, code.d[1]);
    if (!plan.stages)
        return maps ? refuse_side(preset, size, code, err) : refuse_size(preset, size, err);
    plan.end = size >> plan.stages;
    lk_text_add(out, "{\"encoder\":[");
    add_encoder(&plan, out);
    lk_text_add(out, "],\"decoder\":[");
    add_decoder(&plan, out);
    lk_text_add(out, "]}");
    return out->failed ? lk_fail_memory(err, out->n, preset->name) : LK_OK;
}
