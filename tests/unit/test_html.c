/* The parts of pages: escaped text, hashes, charts, pictures. */
#include "base/sha256.h"
#include "html/chart.h"
#include "html/html.h"
#include "page.h"

#include <likeness/memory.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static void assert_hash(const char *text, size_t n, const char *expected) {
    uint8_t hash[LK_SHA256_BYTES];
    lk_text base64 = { 0 };
    lk_sha256(text, n, hash);
    lk_sha256_base64(hash, sizeof hash, &base64);
    assert_string_equal(base64.data, expected);
    lk_text_deinit(&base64);
}

/* FIPS 180-4's examples, and lengths around a block, by openssl dgst. */
static void hashes_are_those_of_the_standard(void **state) {
    (void)state;
    static const struct {
        char letter;
        size_t n;
        const char *hash;
    } rows[] = { { 'a', 1000000, "zcduXJkU+5KBocfihNc+Z/GAmkiklyAOBG05zMcRLNA=" },
                 { 'b', 55, "6yyG6TIXn0uhP+hxWiYSS3fWutKQubTBzBQM9jMwDBk=" },
                 { 'b', 56, "pfxuIDpMK2V9DRU4hZMkFLL/xqk/D4v4sxgzFeWnISw=" },
                 { 'b', 63, "lOQZ+rrH+TCBD5Y2NUBC+MFCbS+DTUq2XJPcHmkyaxM=" },
                 { 'b', 64, "oPqxN39Jp1m1f2MxgmLr6J+r/JkOjpPOrCmEVhSCudQ=" },
                 { 'b', 65, "dLEo8wz4PeQ930qvxAx7UKdEPTxzqJp8/KF+FeQ9Uas=" } };
    static char text[1000000];
    assert_hash("", 0, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    assert_hash("abc", 3, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    assert_hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
                "JI1qYdIGOLjlwCaTDD5gOaM85Flk/yFn9uzt1BnbBsE=");
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        memset(text, rows[i].letter, rows[i].n);
        assert_hash(text, rows[i].n, rows[i].hash);
    }
}

static void base64_is_padded(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "\xff\xfe", "//4=" }
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_text text = { 0 };
        lk_sha256_base64(rows[i][0], strlen(rows[i][0]), &text);
        assert_string_equal(text.data ? text.data : "", rows[i][1]);
        lk_text_deinit(&text);
    }
}

static void text_is_never_markup(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        { "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;" },
        { "a & b", "a &amp; b" },
        { "\" onload='x'", "&quot; onload=&#39;x&#39;" },
        { "a\\b", "a\\b" },
        { "line\nline\t\x01", "line\\nline\\t\\u0001" },
        { "caf\xc3\xa9 \xff", "caf\xc3\xa9 \xef\xbf\xbd" },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_text text = { 0 };
        lk_html_text(&text, rows[i][0]);
        assert_string_equal(text.data, rows[i][1]);
        lk_text_deinit(&text);
    }
}

static void a_page_is_well_formed_and_closed(void **state) {
    (void)state;
    lk_text page = { 0 };
    lk_html_begin(&page, "</title><script>alert(1)</script>", "<p>lead</p>");
    lk_html_section(&page, "one", "A & B");
    lk_html_paragraph(&page, "1 < 2");
    lk_html_section_end(&page);
    lk_html_end(&page);
    assert_well_formed(page.data);
    assert_closed(page.data);
    assert_contains(page.data, "<p>1 &lt; 2</p>");
    lk_text_deinit(&page);
}

/* ---- charts ---- */

static lk_text chart_of(const double *y, int n, bool logarithmic) {
    double *x = lk_alloc((size_t)n * sizeof *x);
    lk_text text = { 0 };
    for (int i = 0; i < n; i++) x[i] = i + 1;
    const lk_chart chart = {
        .title = "<loss>",
        .axis = "epoch",
        .n_lines = 1,
        .lines = { { .name = "a \"b\"", .n = n, .x = x, .y = y, .colour = 1, .thin = true } },
        .logarithmic = logarithmic,
        .chosen = (double)NAN
    };
    lk_text_add(&text, "<!DOCTYPE html>\n");
    lk_chart_lines(&text, &chart);
    assert_well_formed(text.data);
    assert_null(strstr(text.data, "nan"));
    assert_null(strstr(text.data, "inf"));
    lk_free(x);
    return text;
}

static void charts_leave_out_what_is_not_finite(void **state) {
    (void)state;
    const double gap[] = { 1, (double)NAN, 0.25, (double)INFINITY, 0.5 },
                 few[] = { (double)NAN, 3 };
    lk_text text = chart_of(gap, 5, true);
    assert_contains(text.data, "data-x=\"1 3 5\" data-y=\"1 0.25 0.5\"");
    assert_contains(text.data, "data-name=\"a &quot;b&quot;\"");
    assert_contains(text.data, ", logarithmic</figcaption>");
    lk_text_deinit(&text);
    text = chart_of(few, 2, false);
    assert_null(strstr(text.data, "svg"));
    lk_text_deinit(&text);
}

static void bands_and_names_of_several_charts_are_drawn_once(void **state) {
    (void)state;
    const double x[] = { 1, 2, 3 }, y[] = { 1, 2, 3 }, low[] = { 0, 1, (double)NAN },
                 high[] = { 2, 9, (double)NAN };
    const lk_chart chart = {
        .title = "t",
        .axis = "epoch",
        .n_lines = 2,
        .lines = { { .name = "a<b", .n = 3, .x = x, .y = y, .low = low, .high = high },
                   { .name = "c", .n = 3, .x = x, .y = y, .colour = 2, .dashed = true } },
        .no_keys = true,
        .chosen = (double)NAN
    };
    lk_text text = { 0 }, keys = { 0 };
    lk_text_add(&text, "<!DOCTYPE html>\n");
    lk_text_add(&keys, "<!DOCTYPE html>\n");
    lk_chart_lines(&text, &chart);
    lk_chart_keys(&keys, &chart);
    assert_well_formed(text.data);
    assert_well_formed(keys.data);
    /* its highest edge is at the top of the chart; the third point has no edges */
    assert_contains(text.data, "<polygon class=\"band c0\" points=\"46.0,");
    const char *points = strstr(text.data, "points=\"");
    double edge[5][2]; /* there along the upper edge, back along the lower one */
    int n = sscanf(points + 8, "%lf,%lf %lf,%lf %lf,%lf %lf,%lf %lf", &edge[0][0], &edge[0][1],
                   &edge[1][0], &edge[1][1], &edge[2][0], &edge[2][1], &edge[3][0], &edge[3][1],
                   &edge[4][0]);
    assert_int_equal(n, 8);
    assert_near(edge[0][0], edge[3][0], 1e-9);
    assert_near(edge[1][0], edge[2][0], 1e-9);
    assert_true(edge[0][1] < edge[3][1] && edge[1][1] < edge[2][1]);
    assert_null(strstr(points + 8, "polygon"));
    assert_contains(text.data, "<polyline class=\"l dashed c2\"");
    assert_null(strstr(text.data, "class=\"key"));
    assert_contains(keys.data, "<span class=\"key c0\">a&lt;b</span>");
    assert_contains(keys.data, "<span class=\"key dashed c2\">c</span>");
    lk_text_deinit(&text);
    lk_text_deinit(&keys);
}

static void a_path_becomes_a_relative_url(void **state) {
    (void)state;
    lk_text url = { 0 };
    lk_html_path(&url, "a b/javascript:x\"#?%\xC3\xA4-s1/report.html");
    assert_string_equal(url.data, "./a%20b/javascript%3Ax%22%23%3F%25%C3%A4-s1/report.html");
    lk_text_deinit(&url);
}

/* Equal values, negative ones on a logarithmic axis, very large and small ones. */
static void charts_of_any_values_can_be_drawn(void **state) {
    (void)state;
    static const double rows[][3] = { { 2, 2, 2 },          { 0, 0, 0 },
                                      { -1, 0, 1 },         { 1e-300, 1, 1e300 },
                                      { -1e300, 0, 1e300 }, { 5e-324, 1e-320, 1e-310 } };
    for (size_t i = 0; i < LK_COUNT(rows); i++)
        for (int logarithmic = 0; logarithmic < 2; logarithmic++) {
            lk_text text = chart_of(rows[i], 3, logarithmic);
            assert_contains(text.data, "<polyline");
            assert_true(text.n >= 100 && text.n <= 20000);
            lk_text_deinit(&text);
        }
}

static void of_many_points_some_are_drawn_with_the_last(void **state) {
    (void)state;
    enum { N = 100001 };
    double *y = lk_alloc(N * sizeof *y);
    for (int i = 0; i < N; i++) y[i] = i;
    lk_text text = chart_of(y, N, false);
    assert_true(text.n < 40000);
    assert_contains(text.data, " 1e+05\"/>");
    lk_text_deinit(&text);
    lk_free(y);
}

static void say(const void *self, int bar, lk_text *out) {
    lk_text_add(out, "%s<%d>", (const char *)self, bar);
}

static void bars_have_tips_and_a_curve(void **state) {
    (void)state;
    const double height[] = { 0, 2, 1 }, curve[] = { 1, 1, 1 };
    const lk_chart_bars bars = {
        "title", "words", "x", 3, height, curve, "curve", 0, 3, say, "bar"
    };
    lk_text text = { 0 };
    lk_text_add(&text, "<!DOCTYPE html>\n");
    lk_chart_bars_add(&text, &bars);
    assert_well_formed(text.data);
    assert_contains(text.data, "data-tip=\"bar&lt;2&gt;\"");
    assert_contains(text.data, "<polyline");
    assert_null(strstr(text.data, "nan"));
    lk_text_deinit(&text);
}

/* ---- pictures ---- */

static void pictures_end_before_the_page_is_too_large(void **state) {
    (void)state;
    enum { SIDE = 128 };
    static uint8_t pixels[SIDE * SIDE * 3];
    lk_text page = { 0 };
    bool added = true;
    int n = 0;
    lk_error err;
    uint32_t random = 1;
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)((random = random * 1664525 + 1013904223) >> 24);
    for (; added && n < 1000; n++)
        assert_ok(lk_html_picture(&page, (lk_image_shape){ SIDE, 3 }, pixels, "a\"b",
                                  "class=\"end\"", &added, &err),
                  &err);
    assert_true(n >= 50 && n <= 100);
    assert_true(page.n < LK_HTML_BYTES_MAX);
    assert_contains(page.data,
                    "<img class=\"end\" alt=\"a&quot;b\" src=\"data:image/png;base64,iVBOR");
    lk_text_deinit(&page);
}

static void large_pictures_are_made_smaller(void **state) {
    (void)state;
    static uint8_t pixels[512 * 512];
    lk_text page = { 0 };
    bool added = false;
    lk_error err;
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(i * i >> 7);
    assert_ok(lk_html_picture(&page, (lk_image_shape){ 512, 1 }, pixels, "", "", &added, &err),
              &err);
    assert_true(added);
    assert_true(page.n < 128 * 128 * 4 / 3 + 1000);
    /* the PNG's header: its width, 128 */
    assert_contains(page.data, "base64,iVBORw0KGgoAAAANSUhEUgAAAIAAAACA");
    lk_text_deinit(&page);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_those_of_the_standard),
        cmocka_unit_test(base64_is_padded),
        cmocka_unit_test(text_is_never_markup),
        cmocka_unit_test(a_page_is_well_formed_and_closed),
        cmocka_unit_test(charts_leave_out_what_is_not_finite),
        cmocka_unit_test(bands_and_names_of_several_charts_are_drawn_once),
        cmocka_unit_test(a_path_becomes_a_relative_url),
        cmocka_unit_test(charts_of_any_values_can_be_drawn),
        cmocka_unit_test(of_many_points_some_are_drawn_with_the_last),
        cmocka_unit_test(bars_have_tips_and_a_curve),
        cmocka_unit_test(pictures_end_before_the_page_is_too_large),
        cmocka_unit_test(large_pictures_are_made_smaller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
