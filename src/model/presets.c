/* Presets: which sizes and codes they take, and what their layers follow. */
#include "model/presets.h"

#include <stdio.h>
#include <string.h>

enum { TIMES_WIDTH_MAX = 8, STAGES_MIN = 2, STAGES_MAX = 16, NEARBY = 2 };

#define ROW(name, file) &lk_preset_##name,
const lk_preset *const lk_presets[] = { LK_PRESET_LIST(ROW) NULL };

const lk_preset *lk_preset_find(const char *name) {
    for (const lk_preset *const *row = lk_presets; *row; row++)
        if (strcmp((*row)->name, name) == 0) return *row;
    return NULL;
}

/* ---- sizes ---- */

/* How often the side is halved: as often as the preset says, or to 3, 4 or 5, which is as close to
   4 as halves come. 0: the side does not halve so. */
static int stages_of(const lk_preset *preset, int size) {
    int n = 0;
    if (preset->halvings) return size % (1 << preset->halvings) ? 0 : preset->halvings;
    for (; n < STAGES_MAX && size > 5 && size % 2 == 0; n++) size /= 2;
    return size >= 3 && size <= 5 && n >= STAGES_MIN ? n : 0;
}

/* Append the sizes that work next to this one, smaller ones first. */
static void add_nearby(const lk_preset *preset, int size, lk_text *out) {
    int nearby[2 * NEARBY], n = 0;
    for (int i = size - 1; i > 0 && n < NEARBY; i--)
        if (stages_of(preset, i)) nearby[n++] = i;
    for (int i = n - 1; i >= 0; i--) lk_text_add(out, "%d, ", nearby[i]);
    for (int i = size + 1, found = 0; i < 1 << STAGES_MAX && found < NEARBY; i++)
        if (stages_of(preset, i)) lk_text_add(out, "%s%d", found++ ? ", " : "", i);
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
    char words[64] = "halves to 3, 4 or 5";
    lk_text nearby = { 0 };
    if (preset->halvings)
        snprintf(words, sizeof words, "is divisible by %d", 1 << preset->halvings);
    add_nearby(preset, size, &nearby);
    lk_status status =
        nearby.failed ? lk_fail_memory(err, nearby.n, preset->name)
                      : lk_fail(err, LK_USAGE,
                                "expected pictures whose side %s, for preset %s (nearby: %s), got "
                                "%d x %d",
                                words, preset->name, nearby.data, size, size);
    lk_text_deinit(&nearby);
    return status;
}

static lk_status refuse_code(const lk_preset_plan *plan, int size, lk_shape code, lk_error *err) {
    char got[64];
    if (plan->maps)
        snprintf(got, sizeof got, "[%d, %d, %d]", code.d[0], code.d[1], code.d[2]);
    else
        snprintf(got, sizeof got, "%d", code.d[0]);
    return lk_fail(err, LK_USAGE,
                   "expected codes of the shape [C, %d, %d] (model.latent), for preset %s and "
                   "pictures of %d x %d, got %s",
                   plan->end, plan->end, plan->preset->name, size, size, got);
}

/* ---- layers, as the JSON of a config ---- */

int lk_preset_channels(const lk_preset_plan *plan, int stage) {
    return plan->width * (1 << stage < TIMES_WIDTH_MAX ? 1 << stage : TIMES_WIDTH_MAX);
}

void lk_preset_add_maps(int channels, int side, lk_text *out) {
    lk_text_add(out, "{\"type\":\"linear\",\"out\":%d},{\"type\":\"reshape\",\"shape\":[%d,%d,%d]}",
                channels * side * side, channels, side, side);
}

/* Sets the stages, and the side where they end. */
static lk_status plan_stages(int size, lk_shape code, lk_preset_plan *plan, lk_error *err) {
    const lk_preset *preset = plan->preset;
    bool square = plan->maps && code.d[1] == code.d[2];
    if (plan->maps && !preset->only_maps) {
        plan->stages = square ? stages_to(size, code.d[1]) : 0;
        if (!plan->stages) return refuse_side(preset, size, code, err);
    } else {
        plan->stages = stages_of(preset, size);
        if (!plan->stages) return refuse_size(preset, size, err);
    }
    plan->end = size >> plan->stages;
    bool fits = !preset->only_maps || (square && code.d[1] == plan->end);
    return fits ? LK_OK : refuse_code(plan, size, code, err);
}

lk_status lk_preset_layers(const lk_preset *preset, int width, int size, lk_shape code,
                           lk_text *out, lk_error *err) {
    lk_preset_plan plan = { .preset = preset,
                            .width = width ? width : preset->width,
                            .maps = code.rank == 3 };
    lk_status status = plan_stages(size, code, &plan, err);
    if (status) return status;
    lk_text_add(out, "{\"encoder\":[");
    preset->add_encoder(&plan, out);
    if (!plan.maps) lk_text_add(out, ",{\"type\":\"flatten\"}");
    lk_text_add(out, "],\"decoder\":[");
    preset->add_decoder(&plan, out);
    lk_text_add(out, ",{\"type\":\"sigmoid\"}]}");
    return out->failed ? lk_fail_memory(err, out->n, preset->name) : LK_OK;
}
