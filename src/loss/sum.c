/* A weighted sum of other losses, in the manner of Zhao, Gallo, Frosio, Kautz, "Loss functions for
   image restoration with neural networks", 2017. */
#include "loss/loss_list.h"

#include <likeness/loss.h>
#include <likeness/ops.h>

#include <cjson/cJSON.h>
#include <string.h>

static const lk_option term_options[] = {
    LK_OPTION_NUMBER(struct lk_sum_term, scale, 1, 1e-9, 1e9, "factor on the term"),
    { 0 },
};

static const lk_option options[] = {
    { .key = "terms",
      .type = LK_JSON,
      .offset = offsetof(lk_sum_options, terms),
      .min = 1,
      .max = LK_SUM_TERMS_MAX,
      .text = "[{\"type\": \"ms_ssim\", \"scale\": 0.84}, {\"type\": \"l1\", \"scale\": 0.16}]",
      .words = "a list of 1 to 8 losses",
      .help = "what is added: losses other than sum, each with its keys and a scale",
      .list = lk_loss_terms,
      .common = term_options },
    { 0 },
};

static lk_status read_term(const lk_json *json, const cJSON *item, const char *path,
                           lk_arena *arena, struct lk_sum_term *term, lk_error *err) {
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(item, "type");
    if (cJSON_IsString(type) && strcmp(type->valuestring, "sum") == 0) {
        lk_fail(err, LK_USAGE, "expected a loss other than sum: write the terms of that sum here");
        return lk_json_blame(json, type, path, err);
    }
    return lk_choice_read(lk_loss_terms, "mse", term_options, term, json, item, path, arena,
                          &term->loss, err);
}

static lk_status read_terms(const lk_json *json, const cJSON *terms, const char *path,
                            lk_arena *arena, lk_sum_options *o, lk_error *err) {
    const cJSON *item = terms->child;
    for (int i = 0; i < o->n; i++, item = item->next) {
        char place[256];
        lk_format(place, sizeof place, "%s%sterms[%d]", path, *path ? "." : "", i);
        lk_status status = read_term(json, item, place, arena, &o->term[i], err);
        if (status) return status;
    }
    return LK_OK;
}

static lk_status sum_check(void *chosen, const lk_json *json, const cJSON *object, const char *path,
                           lk_arena *arena, lk_error *err) {
    lk_sum_options *o = chosen;
    (void)object;
    lk_json standard = { 0 }; /* what is read from it does not point into it */
    lk_status status =
        o->terms ? LK_OK : lk_json_argument(options[0].text, "(default)", &standard, err);
    const cJSON *terms = o->terms ? o->terms : standard.root;
    if (!status) o->n = cJSON_IsArray(terms) ? cJSON_GetArraySize(terms) : 0;
    if (!status && (o->n < 1 || o->n > LK_SUM_TERMS_MAX)) {
        char place[256];
        lk_format(place, sizeof place, "%s%sterms", path, *path ? "." : "");
        status = lk_json_mismatch(json, terms, place, options[0].words, err);
    }
    if (!status) status = read_terms(o->terms ? json : &standard, terms, path, arena, o, err);
    lk_json_deinit(&standard);
    return status;
}

static lk_status write_term(const struct lk_sum_term *term, cJSON *item, lk_error *err) {
    if (!cJSON_AddStringToObject(item, "type", term->loss.choice->name))
        return lk_json_no_memory(err, "a term");
    lk_status status = lk_options_write(term_options, term, item, err);
    return status ? status : lk_chosen_write(&term->loss, item, err);
}

static lk_status sum_write(const void *chosen, cJSON *object, lk_error *err) {
    const lk_sum_options *o = chosen;
    cJSON *terms = cJSON_AddArrayToObject(object, "terms");
    lk_status status = terms ? LK_OK : lk_json_no_memory(err, "terms");
    for (int i = 0; i < o->n && !status; i++) {
        cJSON *item = cJSON_CreateObject();
        status = cJSON_AddItemToArray(terms, item) ? write_term(&o->term[i], item, err)
                                                   : lk_json_no_memory(err, "a term");
    }
    return status;
}

static lk_node *sum_build(lk_node *x, lk_node *y, const void *chosen) {
    const lk_sum_options *o = chosen;
    lk_node *sum = NULL;
    for (int i = 0; i < o->n; i++) {
        const struct lk_sum_term *term = &o->term[i];
        lk_node *value = ((const lk_loss *)term->loss.choice)->build(x, y, term->loss.options);
        if (!value) {
            char where[32];
            lk_format(where, sizeof where, "terms[%d]", i);
            if (x) lk_graph_blame(x->graph, where);
            return NULL;
        }
        lk_name(value, "terms[%d]", i);
        lk_node *weighted =
            term->scale == 1 ? value
                             : lk_name(lk_affine(value, term->scale, 0), "terms[%d] weighted", i);
        sum = sum ? lk_add(sum, weighted) : weighted;
    }
    return sum;
}

const lk_loss lk_loss_sum = { .choice = { .name = "sum",
                                          .summary = "a weighted sum of other losses",
                                          .options = options,
                                          .options_size = sizeof(lk_sum_options),
                                          .check = sum_check,
                                          .write = sum_write },
                              .build = sum_build };
