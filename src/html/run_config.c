/* The config of a run: a table for each section, with the keys marked that are not the default. */
#include "html/html.h"
#include "html/run.h"

#include <likeness/json.h>

#include <cJSON.h>
#include <string.h>

/* ---- the defaults ---- */

static bool is_kept(const cJSON *member) {
    return strcmp(member->string, "type") == 0 || cJSON_IsObject(member) ||
           (cJSON_IsArray(member) && cJSON_IsObject(member->child));
}

/* Remove all but the types, which choose the keys that there are. Layers are no choice of type. */
static void keep_types(cJSON *value) {
    for (cJSON *member = value->child, *next; member; member = next) {
        next = member->next;
        if (!cJSON_IsArray(value) &&
            (!is_kept(member) || strcmp(member->string, "architecture") == 0))
            cJSON_Delete(cJSON_DetachItemViaPointer(value, member));
        else
            keep_types(member);
    }
}

static lk_status print(const lk_run_parts *parts, const lk_config *config, lk_json *out,
                       lk_error *err) {
    lk_text text = { 0 };
    int size = parts->has_model ? parts->trained.net.images.size : 64;
    lk_status status = lk_config_print(config, size, &text, err);
    if (!status) status = lk_json_parse(text.data, text.n, "config", out, err);
    lk_text_deinit(&text);
    return status;
}

/* A config of the same types and nothing else. */
static lk_status load_defaults(const lk_run_parts *parts, const cJSON *config, lk_json *out,
                               lk_error *err) {
    lk_config defaults = { 0 };
    lk_text text = { 0 };
    cJSON *types = cJSON_Duplicate(config, true);
    if (!types) return lk_json_no_memory(err, "the defaults of a config");
    keep_types(types);
    lk_status status = lk_json_print(types, false, &text, err);
    if (!status)
        status = lk_config_parse_text(text.data, text.n, "defaults", NULL, 0, &defaults, err);
    if (!status) status = print(parts, &defaults, out, err);
    lk_config_deinit(&defaults);
    lk_text_deinit(&text);
    cJSON_Delete(types);
    return status;
}

/* ---- the tables ---- */

static void add_value(const cJSON *value, lk_text *out) {
    lk_text text = { 0 };
    lk_error ignored;
    const char *word = cJSON_GetStringValue(value);
    if (!word && !lk_json_print(value, false, &text, &ignored)) word = text.data;
    lk_html_text(out, word ? word : "");
    out->failed = out->failed || text.failed;
    lk_text_deinit(&text);
}

/* "conv: out 32, kernel 4, stride 2": a layer. */
static void add_layer(const cJSON *layer, lk_text *out) {
    const char *between = ": ";
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(layer, "type");
    if (type) add_value(type, out);
    for (const cJSON *member = layer->child; member; member = member->next) {
        if (member == type) continue;
        lk_text_add(out, "%s", between);
        lk_html_text(out, member->string ? member->string : "");
        lk_text_add(out, " ");
        add_value(member, out);
        between = ", ";
    }
    lk_text_add(out, "<br>\n");
}

/* A narrow column may break the key after a dot or an underscore. */
static void add_path(const char *path, lk_text *out) {
    char piece[LK_WORDS_MAX];
    for (size_t n; *path; path += n) {
        n = strcspn(path, "._");
        if (path[n]) n++;
        lk_format(piece, sizeof piece, "%.*s", (int)n, path);
        lk_html_text(out, piece);
        if (path[n]) lk_text_add(out, "<wbr>");
    }
}

static void add_layers(const char *path, const cJSON *layers, lk_text *out) {
    lk_text_add(out, "<tr><td>");
    add_path(path, out);
    lk_text_add(out, "</td><td class=\"layers\">");
    for (const cJSON *layer = layers->child; layer; layer = layer->next) add_layer(layer, out);
    lk_text_add(out, "</td></tr>\n");
}

/* `usual`: the default; NULL: there is none to compare with. */
static void add_row(const char *path, const cJSON *value, const cJSON *usual, lk_text *out) {
    bool changed = usual && !cJSON_Compare(value, usual, true);
    lk_text_add(out, "<tr%s><td>", changed ? " class=\"changed\"" : "");
    add_path(path, out);
    lk_text_add(out, "</td><td>");
    add_value(value, out);
    if (changed) {
        lk_text_add(out, " <small>default ");
        add_value(usual, out);
        lk_text_add(out, "</small>");
    }
    lk_text_add(out, "</td></tr>\n");
}

static bool is_list_of_objects(const cJSON *value) {
    return cJSON_IsArray(value) && cJSON_IsObject(value->child);
}

/* Layers are many, and no default is as good as another's. */
static void add_members(const char *above, const cJSON *object, const cJSON *usual, lk_text *out) {
    int i = 0;
    for (const cJSON *member = object->child; member; member = member->next, i++) {
        char path[256], number[32];
        lk_format(number, sizeof number, "%d", i);
        lk_format(path, sizeof path, "%s%s%s", above, *above ? "." : "",
                  member->string ? member->string : number);
        const cJSON *other = cJSON_IsArray(object)
                                 ? cJSON_GetArrayItem(usual, i)
                                 : cJSON_GetObjectItemCaseSensitive(usual, member->string);
        bool layers = strstr(path, "architecture") != NULL;
        if (layers && is_list_of_objects(member))
            add_layers(path, member, out);
        else if (cJSON_IsObject(member) || is_list_of_objects(member))
            add_members(path, member, other, out);
        else
            add_row(path, member, layers ? NULL : other, out);
    }
}

static void add_section(const cJSON *section, const cJSON *usual, lk_text *out) {
    lk_text_add(out, "<table><tbody>\n");
    if (cJSON_IsObject(section))
        add_members(section->string, section, usual, out);
    else
        add_row(section->string, section, NULL, out);
    lk_text_add(out, "</tbody></table>\n");
}

lk_status lk_run_page_config(lk_run_page *page, lk_error *err) {
    lk_json config = { 0 }, defaults = { 0 };
    lk_error reason;
    lk_status status = print(page->parts, &page->parts->config, &config, err);
    if (status) return status;
    bool known = !load_defaults(page->parts, config.root, &defaults, &reason);
    lk_html_section(page->out, "config", "Config");
    lk_html_paragraph(page->out, known ? "Marked: what is not the default."
                                       : "The defaults of such a config are not known.");
    lk_text_add(page->out, "<div class=\"config\">\n");
    for (const cJSON *section = config.root->child; section; section = section->next)
        add_section(section, cJSON_GetObjectItemCaseSensitive(defaults.root, section->string),
                    page->out);
    lk_text_add(page->out, "</div>\n");
    lk_html_section_end(page->out);
    lk_json_deinit(&config);
    lk_json_deinit(&defaults);
    return LK_OK;
}
