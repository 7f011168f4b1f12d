/* How commands write their results. */
#include "cli/output.h"
#include "cli/width.h"

#include <likeness/json.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { COLUMNS_MAX = 16 };

/* JSON is UTF-8, the name of a file need not be: invalid bytes become U+FFFD. */
static void add_as_utf8(lk_text *out, const lk_text *text) {
    for (size_t at = 0, n; at < text->n; at += n ? n : 1) {
        n = lk_utf8_length(text->data + at, text->n - at);
        lk_text_bytes(out, n ? text->data + at : "\xef\xbf\xbd", n ? n : 3);
    }
    out->failed = out->failed || text->failed;
}

lk_status lk_cli_put_json(cJSON *json, bool whole, lk_error *err) {
    lk_text text = { 0 }, out = { 0 };
    lk_status status = whole ? lk_json_print(json, false, &text, err)
                             : lk_fail(err, LK_MEMORY, "out of memory for the output");
    add_as_utf8(&out, &text);
    lk_text_add(&out, "\n");
    if (!status) status = lk_cli_put(&out, err);
    lk_text_deinit(&text);
    lk_text_deinit(&out);
    cJSON_Delete(json);
    return status;
}

static void measure(const char *text, int *widths, size_t n_columns) {
    for (size_t column = 0; *text; column = *text == '\n' ? 0 : column + 1, text++) {
        size_t n = strcspn(text, "\t\n");
        int width = lk_screen_columns(text, n);
        if (column < n_columns && width > widths[column]) widths[column] = width;
        text += n;
        if (!*text) break;
    }
}

static void end_line(lk_text *out) {
    while (out->n && out->data[out->n - 1] == ' ') out->n--;
    lk_text_add(out, "\n");
}

void lk_cli_align(const lk_text *lines, const char *columns, lk_text *out) {
    int widths[COLUMNS_MAX] = { 0 };
    size_t n_columns = strlen(columns), column = 0;
    const char *text = lines->data ? lines->data : "";
    measure(text, widths, n_columns);
    for (; *text; text++) {
        size_t n = strcspn(text, "\t\n");
        bool more = column >= n_columns; /* cells without a column stand as they are */
        int padding = more ? 0 : widths[column] - lk_screen_columns(text, n);
        bool last = text[n] != '\t', right = !more && columns[column] == 'r';
        lk_text_add(out, "%*s%.*s%*s%s", right ? padding : 0, "", (int)n, text, right ? 0 : padding,
                    "", last ? "" : "  ");
        if (last) end_line(out);
        column = last ? 0 : column + 1;
        text += n;
        if (!*text) break;
    }
    out->failed = out->failed || lines->failed;
}

const char *lk_cli_bytes(double n_bytes, char out[32]) {
    static const char *const units[] = { "kB", "MB", "GB", "TB" };
    size_t unit = 0;
    double value = n_bytes / 1000;
    for (; value >= 999.95 && unit + 1 < LK_COUNT(units); unit++) value /= 1000;
    snprintf(out, 32, n_bytes < 1000 ? "%.0f bytes" : "%.1f %s", n_bytes < 1000 ? n_bytes : value,
             units[unit]);
    return out;
}

/* Extensions that promise a format, of pictures, arrays, tables, texts, models and archives. */
static const char known_formats[] =
    "png|apng|jpg|jpeg|jpe|jfif|jp2|jxl|gif|bmp|dib|webp|avif|heic|heif|tif|tiff|svg|eps|ps|pdf|"
    "ppm|pgm|pnm|pbm|pam|pfm|tga|psd|ico|exr|hdr|dds|mp4|webm|npy|npz|mat|h5|hdf5|parquet|arrow|"
    "csv|tsv|xls|xlsx|ods|json|jsonl|yaml|yml|toml|xml|txt|md|tex|html|htm|rst|lkd|safetensors|pt|"
    "pth|ckpt|onnx|pkl|pickle|zip|tar|gz|xz|zst|bz2|7z";

bool lk_cli_has_format(const char *path, const char *formats) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path,
               *dot = strrchr(name, '.');
    size_t n = dot ? strlen(dot + 1) : 0;
    if (!n || dot == name) return false;
    for (const char *at = formats; *at; at += strcspn(at, "|"), at += *at == '|')
        if (strcspn(at, "|") == n && strncasecmp(at, dot + 1, n) == 0) return true;
    return false;
}

lk_status lk_cli_check_format(const char *flag, const char *path, const char *formats,
                              lk_error *err) {
    char endings[128] = "";
    size_t n = 0;
    if (lk_cli_has_format(path, formats) || !lk_cli_has_format(path, known_formats)) return LK_OK;
    for (const char *at = formats; *at; at += strcspn(at, "|"), at += *at == '|') {
        int n_word = (int)strcspn(at, "|");
        n += (size_t)snprintf(endings + n, sizeof endings - n, "%s.%.*s",
                              at == formats ? ""
                              : at[n_word]  ? ", "
                                            : " or ",
                              n_word, at);
    }
    return lk_fail(err, LK_USAGE, "%s: expected a name that ends in %s, got %s", flag, endings,
                   path);
}

lk_status lk_cli_output_failed(lk_error *err) {
    if (errno == EPIPE) return lk_fail(err, LK_WRITE, "%s", "");
    return lk_fail(err, LK_WRITE, "standard output: cannot write: %s", strerror(errno));
}

lk_status lk_cli_put(lk_text *text, lk_error *err) {
    lk_status status = text->failed ? lk_fail_memory(err, text->n, "the output") : LK_OK;
    if (!status && text->n && fwrite(text->data, 1, text->n, stdout) != text->n)
        status = lk_cli_output_failed(err);
    lk_text_deinit(text);
    return status;
}
