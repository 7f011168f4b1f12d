/* Options as words and as JSON: the values a key takes, its default, its value. */
#include <likeness/options.h>

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- words ---- */

static const char *word_at(const char *words, int position, char out[LK_WORDS_MAX]) {
    while (position-- > 0) words += strcspn(words, "|") + 1;
    snprintf(out, LK_WORDS_MAX, "%.*s", (int)strcspn(words, "|"), words);
    return out;
}

/* "uniform|gaussian|box" as "uniform, gaussian or box". */
static void words_in_prose(const char *words, char *out, size_t n_bytes) {
    size_t n = 0;
    for (const char *at = words; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL) {
        bool last = !strchr(at, '|');
        int put = snprintf(out + n, n_bytes - n, "%s%.*s",
                           at == words ? ""
                           : last      ? " or "
                                       : ", ",
                           (int)strcspn(at, "|"), at);
        if (put < 0 || (size_t)put >= n_bytes - n) return;
        n += (size_t)put;
    }
}

/* " from 1 to 8", " of at least 1" or nothing; infinite bounds are left out. */
static const char *range_text(const lk_option *option, char *out, size_t n_bytes) {
    char low[LK_NUMBER_TEXT_MAX], high[LK_NUMBER_TEXT_MAX];
    lk_number_text(option->min, low);
    lk_number_text(option->max, high);
    bool below = !isinf(option->min), above = !isinf(option->max);
    if (below && above)
        snprintf(out, n_bytes, " from %s to %s", low, high);
    else if (below || above)
        snprintf(out, n_bytes, " of at %s %s", below ? "least" : "most", below ? low : high);
    else
        snprintf(out, n_bytes, "%s", "");
    return out;
}

/* "1 to " or "at most ". */
static const char *choices_range(const lk_option *option, char *out, size_t n_bytes) {
    if (option->min > 0)
        snprintf(out, n_bytes, "%d to ", (int)option->min);
    else
        snprintf(out, n_bytes, "at most ");
    return out;
}

static void list_expected(const lk_option *option, const char *range, char *out, size_t n_bytes) {
    const char *whole = option->type == LK_INTEGERS ? "whole " : "";
    if (option->words)
        snprintf(out, n_bytes, "a %snumber%s or %s", whole, range, option->words);
    else
        snprintf(out, n_bytes, "a list of 1 to %d %snumbers%s", LK_LIST_MAX, whole, range);
}

const char *lk_option_expected(const lk_option *option, char *out, size_t n_bytes) {
    char range[96];
    range_text(option, range, sizeof range);
    switch (option->type) {
    case LK_NUMBER:
        snprintf(out, n_bytes, "a number%s", range);
        break;
    case LK_INTEGER:
        snprintf(out, n_bytes, "a whole number%s", range);
        break;
    case LK_BOOLEAN:
        snprintf(out, n_bytes, "true or false");
        break;
    case LK_WORD:
        words_in_prose(option->words, out, n_bytes);
        break;
    case LK_STRING:
        snprintf(out, n_bytes, "a string of at most %d bytes", LK_WORDS_MAX - 1);
        break;
    case LK_NUMBERS:
    case LK_INTEGERS:
        list_expected(option, range, out, n_bytes);
        break;
    case LK_STRINGS:
        snprintf(out, n_bytes, "a list of at most %d strings", LK_LIST_MAX);
        break;
    case LK_CHOICES:
        snprintf(out, n_bytes, "a list of %s%d %s", choices_range(option, range, sizeof range),
                 (int)option->max, option->words);
        break;
    case LK_JSON:
        snprintf(out, n_bytes, "%s", option->words ? option->words : "any value");
        break;
    }
    return out;
}

const char *lk_option_default_text(const lk_option *option, char *out, size_t n_bytes) {
    char number[LK_NUMBER_TEXT_MAX];
    switch (option->type) {
    case LK_NUMBER:
    case LK_INTEGER:
        snprintf(out, n_bytes, "%s", lk_number_text(option->value, number));
        break;
    case LK_BOOLEAN:
        snprintf(out, n_bytes, "%s", option->value != 0 ? "true" : "false");
        break;
    case LK_WORD:
    case LK_STRING:
        lk_text_quoted(option->text, out, n_bytes);
        break;
    case LK_STRINGS:
        snprintf(out, n_bytes, "[]");
        break;
    case LK_NUMBERS:
    case LK_INTEGERS:
    case LK_CHOICES:
    case LK_JSON:
        snprintf(out, n_bytes, "%s", option->text ? option->text : "");
        break;
    }
    return out;
}

void lk_option_describe(const lk_option *option, lk_text *out) {
    char expected[LK_WORDS_MAX], value[LK_WORDS_MAX];
    lk_option_default_text(option, value, sizeof value);
    bool silent = !value[0] || strcmp(value, "\"\"") == 0 || strcmp(value, "[]") == 0;
    lk_text_add(out, "%s (%s%s%s)", option->help,
                lk_option_expected(option, expected, sizeof expected), silent ? "" : "; default ",
                silent ? "" : value);
}

void lk_option_help(const lk_option *option, const char *label, lk_text *out) {
    lk_text_add(out, "  %-24s ", label);
    lk_option_describe(option, out);
    lk_text_add(out, "\n");
}

void lk_options_help(const lk_option *table, int indent, lk_text *out) {
    for (const lk_option *option = table; option && option->key; option++) {
        char label[64];
        snprintf(label, sizeof label, "%*s%s", indent, "", option->key);
        lk_option_help(option, label, out);
    }
}

/* ---- values ---- */

static bool add_item(const lk_option *option, const lk_chosen_item *item, cJSON *list) {
    cJSON *object = cJSON_CreateObject();
    return cJSON_AddItemToArray(list, object) &&
           cJSON_AddStringToObject(object, "type", item->chosen.choice->name) &&
           !lk_options_write(option->items->common, item->common, object, NULL) &&
           !lk_options_write(item->chosen.choice->options, item->chosen.options, object, NULL);
}

static cJSON *choices_value(const lk_option *option, const lk_chosen_list *field) {
    cJSON *list = cJSON_CreateArray();
    bool whole = list != NULL;
    for (int i = 0; whole && i < field->n; i++) whole = add_item(option, &field->item[i], list);
    if (whole) return list;
    cJSON_Delete(list);
    return NULL;
}

static cJSON *list_value(const lk_option *option, const void *field) {
    const lk_numbers *numbers = field;
    const lk_strings *strings = field;
    if (option->type == LK_STRINGS) return cJSON_CreateStringArray(strings->v, strings->n);
    if (option->words && numbers->n == 1) return cJSON_CreateNumber(numbers->v[0]);
    return cJSON_CreateDoubleArray(numbers->v, numbers->n);
}

static cJSON *value_of(const lk_option *option, const void *field) {
    char word[LK_WORDS_MAX];
    switch (option->type) {
    case LK_NUMBER:
        return cJSON_CreateNumber(*(const double *)field);
    case LK_INTEGER:
        return cJSON_CreateNumber((double)*(const int64_t *)field);
    case LK_BOOLEAN:
        return cJSON_CreateBool(*(const bool *)field);
    case LK_WORD:
        return cJSON_CreateString(word_at(option->words, *(const int *)field, word));
    case LK_STRING:
        return cJSON_CreateString(field);
    case LK_NUMBERS:
    case LK_INTEGERS:
    case LK_STRINGS:
        return list_value(option, field);
    case LK_CHOICES:
        return choices_value(option, field);
    case LK_JSON:
        return cJSON_Duplicate(*(const cJSON *const *)field, 1);
    }
    return NULL;
}

/* What reads back the same when it is absent, and would only be noise. */
static bool left_out(const lk_option *option, const void *field) {
    if (option->type == LK_JSON) return !*(const cJSON *const *)field;
    return option->type == LK_STRING && !option->text[0] && !*(const char *)field;
}

lk_status lk_option_write(const lk_option *option, const void *options, cJSON *object,
                          lk_error *err) {
    const void *field = (const char *)options + option->offset;
    if (left_out(option, field) || lk_json_add(object, option->key, value_of(option, field)))
        return LK_OK;
    return lk_json_no_memory(err, option->key);
}

lk_status lk_options_write(const lk_option *table, const void *options, cJSON *object,
                           lk_error *err) {
    for (; table && table->key; table++) {
        lk_status status = lk_option_write(table, options, object, err);
        if (status) return status;
    }
    return LK_OK;
}
