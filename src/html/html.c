/* The parts of a page: escaped text, head and end with the policy, pictures. */
#include "html/html.h"
#include "base/sha256.h"

#include <string.h>

/* The build says where the files are; their bytes become a part of the library. */
#define EMBED(name, path)                                                                          \
    __asm__(".pushsection .rodata\n"                                                               \
            ".hidden " #name "_begin\n"                                                            \
            ".hidden " #name "_end\n"                                                              \
            ".global " #name "_begin\n"                                                            \
            ".global " #name "_end\n" #name "_begin:\n"                                            \
            ".incbin \"" path "\"\n" #name "_end:\n"                                               \
            ".byte 0\n"                                                                            \
            ".popsection\n");                                                                      \
    __attribute__((visibility("hidden"))) extern const char name##_begin[], name##_end[]

EMBED(lk_html_style, LIKENESS_HTML "/page.css");
EMBED(lk_html_script, LIKENESS_HTML "/page.js");

/* ---- text ---- */

void lk_html_text(lk_text *out, const char *text) {
    char piece[8];
    for (size_t left = strlen(text), n; left; text += n, left -= n) {
        n = lk_text_name_piece(text, left, piece);
        switch (*text) {
        case '&':
            lk_text_add(out, "&amp;");
            break;
        case '<':
            lk_text_add(out, "&lt;");
            break;
        case '>':
            lk_text_add(out, "&gt;");
            break;
        case '"':
            lk_text_add(out, "&quot;");
            break;
        case '\'':
            lk_text_add(out, "&#39;");
            break;
        case '\\':
            lk_text_add(out, "\\");
            break; /* a command can be copied */
        default:
            lk_text_add(out, "%s", piece);
        }
    }
}

void lk_html_path(lk_text *out, const char *path) {
    lk_text_add(out, "./");
    for (; *path; path++) {
        bool plain = (*path >= '-' && *path <= '9') || (*path >= 'A' && *path <= 'Z') ||
                     (*path >= 'a' && *path <= 'z') || *path == '_';
        if (plain)
            lk_text_add(out, "%c", *path);
        else
            lk_text_add(out, "%%%02X", (unsigned)(unsigned char)*path);
    }
}

void lk_html_paragraph(lk_text *out, const char *text) {
    lk_text_add(out, "<p>");
    lk_html_text(out, text);
    lk_text_add(out, "</p>\n");
}

/* ---- the page ---- */

static void add_hash(lk_text *out, const char *begin, const char *end) {
    uint8_t hash[LK_SHA256_BYTES];
    lk_sha256(begin, (size_t)(end - begin), hash);
    lk_text_add(out, "'sha256-");
    lk_sha256_base64(hash, sizeof hash, out);
    lk_text_add(out, "'");
}

static void add_policy(lk_text *out) {
    lk_text_add(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                     "img-src data:; base-uri 'none'; form-action 'none'; style-src ");
    add_hash(out, lk_html_style_begin, lk_html_style_end);
    lk_text_add(out, "; script-src ");
    add_hash(out, lk_html_script_begin, lk_html_script_end);
    lk_text_add(out, "\">\n");
}

void lk_html_begin(lk_text *out, const char *title, const char *summary) {
    lk_text_add(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    add_policy(out);
    lk_text_add(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta name=\"color-scheme\" content=\"light dark\">\n"
                     "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    lk_html_text(out, title);
    lk_text_add(out, "</title>\n<style>");
    lk_text_add(out, "%s", lk_html_style_begin);
    lk_text_add(out, "</style>\n</head>\n<body>\n<header>\n<h1>");
    lk_html_text(out, title);
    lk_text_add(out, "</h1>\n%s</header>\n<main>\n", summary);
}

void lk_html_end(lk_text *out) {
    lk_text_add(out, "</main>\n<footer>Made by likeness " LIKENESS_VERSION
                     ". This file needs no network.</footer>\n<script>");
    lk_text_add(out, "%s", lk_html_script_begin);
    lk_text_add(out, "</script>\n</body>\n</html>\n");
}

void lk_html_links(lk_text *out, const char *const (*sections)[2], int n) {
    lk_text_add(out, "<nav>");
    for (int i = 0; i < n; i++)
        lk_text_add(out, "<a href=\"#%s\">%s</a> ", sections[i][0], sections[i][1]);
    lk_text_add(out, "</nav>\n");
}

void lk_html_section(lk_text *out, const char *id, const char *heading) {
    lk_text_add(out, "<section id=\"%s\">\n<h2>", id);
    lk_html_text(out, heading);
    lk_text_add(out, "</h2>\n");
}

void lk_html_section_end(lk_text *out) {
    lk_text_add(out, "</section>\n");
}

/* ---- pictures ---- */

static lk_status encode(lk_image_shape shape, const uint8_t *pixels, lk_text *png, lk_error *err) {
    lk_image image = { shape.size, shape.size, shape.channels, NULL }, small = { 0 };
    lk_status status = lk_image_init(&image, shape.size, shape.size, shape.channels, err);
    if (status) return status;
    memcpy(image.pixels, pixels, lk_image_bytes(&image));
    if (shape.size > LK_HTML_SIDE_MAX)
        status =
            lk_image_resize(&image, LK_HTML_SIDE_MAX, LK_HTML_SIDE_MAX, LK_FILTER_BOX, &small, err);
    if (!status) status = lk_image_encode_png(small.pixels ? &small : &image, png, err);
    lk_image_deinit(&image);
    lk_image_deinit(&small);
    return status;
}

lk_status lk_html_picture(lk_text *out, lk_image_shape shape, const uint8_t *pixels,
                          const char *alt, const char *attributes, bool *added, lk_error *err) {
    /* what follows the last picture: the rest of the section, the config, the script */
    enum { REST = 500000 };
    lk_text png = { 0 };
    lk_status status = encode(shape, pixels, &png, err);
    *added = !status && out->n + png.n * 4 / 3 + REST < LK_HTML_BYTES_MAX;
    if (*added) {
        lk_text_add(out, "<img %s%salt=\"", attributes, *attributes ? " " : "");
        lk_html_text(out, alt);
        lk_text_add(out, "\" src=\"data:image/png;base64,");
        lk_sha256_base64(png.data, png.n, out);
        lk_text_add(out, "\">");
    }
    lk_text_deinit(&png);
    return status;
}
