/**
 * html: reports of runs as pages that need nothing but a browser. This header writes their parts.
 *
 * A page fetches nothing: its style, its script and its pictures are inside. A content security
 * policy allows that one style and that one script, by their hashes, and pictures from data: URLs.
 * So a text that ends up as markup, which lk_html_text prevents, could still not run. The policy
 * forbids style attributes too: whatever differs between elements is a class or an attribute of
 * SVG.
 *
 * All functions append to `out`; running out of memory shows in out->failed.
 */
#ifndef LIKENESS_HTML_HTML_H
#define LIKENESS_HTML_HTML_H

#include <likeness/image.h>

/** A page is at most this large. What is added last, pictures, is left out beyond it. */
enum { LK_HTML_BYTES_MAX = 5000000 };

/** Append a text that may be any bytes: markup is escaped, control characters are written as JSON
 * writes them, bytes that are not UTF-8 become U+FFFD. It fits attributes in double quotes too. */
void lk_html_text(lk_text *out, const char *text);

/** Append a relative path as a URL: all but letters, digits and / . _ - as %XX, after "./". */
void lk_html_path(lk_text *out, const char *path);

/** The head of a page, up to <main>; `title` is any text, `summary` is markup. */
void lk_html_begin(lk_text *out, const char *title, const char *summary);
/** The script, and the end of the page. */
void lk_html_end(lk_text *out);
/** The links to the sections of a page; `sections`: pairs of id and heading. */
void lk_html_links(lk_text *out, const char *const (*sections)[2], int n);
/** A section with a heading; `id` is for links. The caller ends it with lk_html_section_end. */
void lk_html_section(lk_text *out, const char *id, const char *heading);
void lk_html_section_end(lk_text *out);
/** A paragraph of any text. */
void lk_html_paragraph(lk_text *out, const char *text);

/** The longest side of a picture in a page; larger ones are made smaller. */
enum { LK_HTML_SIDE_MAX = 128 };
/**
 * A picture of the shape (H, W, C) as an <img>: `alt` is any text, `attributes` is markup ("" for
 * none). Nothing is added if the page would become larger than LK_HTML_BYTES_MAX; *added says so.
 * errors  LK_MEMORY
 */
lk_status lk_html_picture(lk_text *out, lk_image_shape shape, const uint8_t *pixels,
                          const char *alt, const char *attributes, bool *added, lk_error *err);

#endif
