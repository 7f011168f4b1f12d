/* The same test pictures by every model: a table of pictures, and two models with a slider. */
#include "html/folders.h"
#include "html/html.h"
#include "net/run_files.h"
#include "net/trained.h"

#include <likeness/memory.h>

#include <string.h>

enum { FACES = 5, MODELS_MAX = 24 };

struct faces {
    int n;
    size_t size; /* values of a picture */
    lk_image_shape shape;
    lk_real *originals, *made;
    uint8_t *pixels; /* of one */
    const lk_result *shown[MODELS_MAX];
    int n_shown;
};

static lk_status faces_init(struct faces *f, const lk_pack *pack, lk_error *err) {
    const lk_pack_meta *meta = lk_pack_describe(pack);
    int n = lk_pack_count(pack, LK_SPLIT_TEST);
    f->n = n < FACES ? n : FACES;
    f->shape = (lk_image_shape){ meta->size, meta->channels };
    f->size = (size_t)meta->size * (size_t)meta->size * (size_t)meta->channels;
    size_t bytes = (size_t)f->n * f->size * sizeof(lk_real);
    f->originals = lk_alloc(bytes);
    f->made = lk_alloc(bytes);
    f->pixels = lk_alloc(f->size);
    if (!f->originals || !f->made || !f->pixels) return lk_fail_memory(err, 2 * bytes, "faces");
    lk_real *to = f->originals;
    for (int i = 0; i < f->n; i++) { /* evenly spaced, so that nobody chooses them */
        const uint8_t *pixels = lk_pack_pixels(pack, LK_SPLIT_TEST, (int)((int64_t)i * n / f->n));
        for (size_t k = 0; k < f->size; k++) *to++ = LK_R(pixels[k]) / 255;
    }
    return LK_OK;
}

static void faces_deinit(struct faces *f) {
    lk_free(f->originals);
    lk_free(f->made);
    lk_free(f->pixels);
}

/* `row`: 0 for the originals, then a number for each model. */
static lk_status add_row(const lk_folders_page *page, struct faces *f, int row, const char *label,
                         const lk_real *values, lk_error *err) {
    lk_status status = LK_OK;
    lk_text_add(page->out, "<tr><th scope=\"row\">");
    lk_html_text(page->out, label);
    lk_text_add(page->out, "</th>");
    for (int i = 0; i < f->n && !status; i++) {
        char attributes[64], alt[LK_WORDS_MAX + 64];
        bool added;
        lk_format(attributes, sizeof attributes, "data-row=\"%d\" data-face=\"%d\"", row, i);
        lk_format(alt, sizeof alt, "face %d, %s", i + 1, label);
        lk_bytes_from_reals(values + (size_t)i * f->size, f->size, f->pixels);
        lk_text_add(page->out, "<td>");
        status = lk_html_picture(page->out, f->shape, f->pixels, alt, attributes, &added, err);
        lk_text_add(page->out, "</td>");
    }
    lk_text_add(page->out, "</tr>\n");
    return status;
}

/* A model that cannot be opened, or is for other pictures, has no row. */
static lk_status add_model(const lk_folders_page *page, struct faces *f, const lk_result *first,
                           lk_error *err) {
    const lk_context quiet = { .threads = page->context->threads,
                               .kernels = page->context->kernels,
                               .comm = page->context->comm };
    lk_trained trained;
    lk_error reason;
    lk_status status = lk_trained_open(first->folder, &quiet, NULL, 0, &trained, &reason);
    if (status == LK_MEMORY) return lk_fail(err, status, "%s", reason.text);
    if (status) return LK_OK;
    if (trained.net.images.size == f->shape.size &&
        trained.net.images.channels == f->shape.channels) {
        lk_trained_reconstruct(&trained, f->originals, f->n, f->made);
        status = lk_graph_status(trained.net.graph, err);
        f->shown[f->n_shown++] = first;
        if (!status) status = add_row(page, f, f->n_shown, first->label, f->made, err);
    }
    lk_trained_close(&trained);
    return status;
}

static void add_choice(lk_text *out, const struct faces *f, const char *name, int chosen) {
    lk_text_add(out, "<label>%s<select autocomplete=\"off\">", name);
    for (int row = 0; row <= f->n_shown; row++) {
        lk_text_add(out, "<option value=\"%d\"%s>", row, row == chosen ? " selected" : "");
        lk_html_text(out, row ? f->shown[row - 1]->label : "original");
        lk_text_add(out, "</option>");
    }
    lk_text_add(out, "</select></label>\n");
}

/* The first model whose loss is this one, from `from` on; 0: there is none. */
static int row_with(const struct faces *f, const char *loss) {
    for (int i = 0; i < f->n_shown; i++)
        if (strcmp(f->shown[i]->loss, loss) == 0) return i + 1;
    return 0;
}

/* Hidden until the script runs. It begins with the paper's question, MSE or LWSSIM, where both are
   there. */
static void add_slider(lk_text *out, const struct faces *f) {
    int left = row_with(f, "mse"), right = row_with(f, "lwssim");
    if (!f->n_shown) return;
    if (!left || !right) left = f->n_shown > 1, right = f->n_shown > 1 ? 2 : 1;
    lk_text_add(out, "<div class=\"compare panel\" hidden>\n<div class=\"choose\">\n");
    add_choice(out, f, "left", left);
    add_choice(out, f, "right", right);
    lk_text_add(out, "<label>face<select autocomplete=\"off\">");
    for (int i = 0; i < f->n; i++) lk_text_add(out, "<option value=\"%d\">%d</option>", i, i + 1);
    lk_text_add(out, "</select></label>\n</div>\n<div class=\"stage\"><img alt=\"\"><img "
                     "class=\"over\" alt=\"\"></div>\n<p class=\"names\"><span></span>"
                     "<span></span></p>\n<input type=\"range\" min=\"0\" max=\"100\" value=\"50\" "
                     "autocomplete=\"off\" aria-label=\"where the right model begins\">\n</div>\n");
}

static lk_status add_faces(lk_folders_page *page, struct faces *f, lk_error *err) {
    const lk_report *report = page->report;
    lk_status status = faces_init(f, page->pack.pack, err);
    if (status) return status;
    lk_text_add(page->out, "<div class=\"beside\">\n<div class=\"scroll\"><table "
                           "class=\"faces\"><tbody>\n");
    status = add_row(page, f, 0, "original", f->originals, err);
    for (size_t i = 0; i < report->n_rows && !status && f->n_shown < MODELS_MAX; i++)
        if (report->rows[i].first->folder) status = add_model(page, f, report->rows[i].first, err);
    lk_text_add(page->out, "</tbody></table></div>\n");
    if (!status) add_slider(page->out, f);
    lk_text_add(page->out, "</div>\n");
    return status;
}

static bool has_folders(const lk_report *report) {
    bool found = false;
    for (size_t i = 0; i < report->n_rows; i++) found = found || report->rows[i].first->folder;
    return found;
}

lk_status lk_folders_page_faces(lk_folders_page *page, lk_error *err) {
    struct faces f = { 0 };
    lk_status status = LK_OK;
    lk_html_section(page->out, "faces", "The same faces by every model");
    if (!has_folders(page->report))
        lk_html_paragraph(page->out, "Here are only results, and no models that could make "
                                     "pictures.");
    else if (!page->pack.pack)
        lk_html_paragraph(page->out, page->pack.missing);
    else
        status = add_faces(page, &f, err);
    faces_deinit(&f);
    lk_html_section_end(page->out);
    return status;
}
