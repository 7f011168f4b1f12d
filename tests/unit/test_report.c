/* Tables: means and spreads by hand, verdicts at their boundaries, every format as stored, rows
   that are wrong. */
#include "base/file.h"
#include "report/report.h"
#include "support.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STORED LIKENESS_SOURCE "/tests/golden/report"

static const lk_claim *claim(const char *key) {
    for (size_t i = 0; i < lk_n_claims; i++)
        if (strcmp(lk_claims[i].key, key) == 0) return &lk_claims[i];
    fail_msg("no claim %s", key);
    return NULL;
}

/* ---- verdicts ---- */

static void a_verdict_needs_a_difference_beyond_the_limit(void **state) {
    (void)state;
    static const struct {
        const char *claim;
        double difference, limit;
        lk_verdict expected;
    } rows[] = {
        { "a.ssim", 0.25, 0.25, LK_VERDICT_UNDECIDED }, /* the limit exactly */
        { "a.ssim", 0.2501, 0.25, LK_VERDICT_HOLDS },
        { "a.ssim", -0.25, 0.25, LK_VERDICT_UNDECIDED },
        { "a.ssim", -0.2501, 0.25, LK_VERDICT_FAILS },
        { "a.ssim", 0, 0, LK_VERDICT_UNDECIDED },
        /* "at least" in the paper's words, but equal is not shown by figures with errors */
        { "b", 0, 0.25, LK_VERDICT_UNDECIDED },
        { "c", -0.2501, 0.25, LK_VERDICT_HOLDS },
        { "c", 0.2501, 0.25, LK_VERDICT_FAILS },
        { "e.chroma", -0.2501, 0.25, LK_VERDICT_HOLDS },
        { "e.ssim", 0.2501, 0.25, LK_VERDICT_HOLDS },
        { "e.lwssim", 0.75, 0.25, LK_VERDICT_UNDECIDED }, /* at most 1 above */
        { "e.lwssim", 0.7499, 0.25, LK_VERDICT_HOLDS },
        { "e.lwssim", 1.2501, 0.25, LK_VERDICT_FAILS },
        { "e.lwssim", -3, 0.25, LK_VERDICT_HOLDS },
        { "f.lwssim", 0.2501, 0.25, LK_VERDICT_HOLDS },
        { "a.ssim", (double)NAN, 0.25, LK_VERDICT_NONE },
        { "a.ssim", 0.5, (double)NAN, LK_VERDICT_NONE },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_verdict got = lk_claim_judge(claim(rows[i].claim), rows[i].difference, rows[i].limit,
                                        LK_JUDGED_STEPS);
        if (got != rows[i].expected)
            fail_msg("row %zu: expected verdict %d, got %d", i, (int)rows[i].expected, (int)got);
    }
}

static void short_training_is_not_judged(void **state) {
    (void)state;
    assert_int_equal(lk_claim_judge(claim("a.ssim"), 1, 0.001, LK_JUDGED_STEPS - 1),
                     LK_VERDICT_TOO_SHORT);
    assert_int_equal(lk_claim_judge(claim("a.ssim"), 1, 0.001, LK_JUDGED_STEPS), LK_VERDICT_HOLDS);
    assert_int_equal(lk_claim_judge(claim("a.ssim"), 1, 0.001, 1), LK_VERDICT_TOO_SHORT);
    assert_int_equal(lk_claim_judge(claim("a.ssim"), 1, 0.001, 0), LK_VERDICT_IMPORTED);
}

static void every_claim_of_the_paper_is_there_once(void **state) {
    (void)state;
    char letters[64] = "";
    for (size_t i = 0; i < lk_n_claims; i++) {
        assert_int_equal(lk_claims[i].key[0], lk_claims[i].words[1]); /* "(a) ..." */
        if (!strchr(letters, lk_claims[i].key[0])) letters[strlen(letters)] = lk_claims[i].key[0];
        for (size_t k = 0; k < i; k++) assert_string_not_equal(lk_claims[i].key, lk_claims[k].key);
    }
    assert_string_equal(letters, "abcdef");
}

/* ---- tables ---- */

static lk_results stored(void) {
    lk_results results;
    lk_error err;
    lk_results_init(&results);
    assert_ok(lk_results_read(&results, STORED "/results", NULL, &err), &err);
    return results;
}

static lk_text print(const lk_results *results, lk_report_format format) {
    const lk_report_view view = { .sort = LK_SORT_NONE };
    lk_text text = { 0 };
    lk_error err;
    assert_ok(lk_report_print(results, format, &view, &text, &err), &err);
    return text;
}

static void every_format_is_as_stored(void **state) {
    (void)state;
    static const char *const names[] = {
#define NAME(name, words) #name,
        LK_REPORT_FORMAT_LIST(NAME)
#undef NAME
    };
    lk_results results = stored();
    for (int f = 0; f < LK_N_REPORT_FORMATS; f++) {
        char path[512], *expected = NULL;
        size_t n = 0;
        lk_error err;
        lk_text got = print(&results, (lk_report_format)f);
        snprintf(path, sizeof path, STORED "/table.%s", names[f]);
        assert_ok(lk_file_read(path, 1 << 20, &expected, &n, &err), &err);
        if (got.n != n || memcmp(got.data, expected, n) != 0)
            fail_msg("%s: expected\n%s\ngot\n%s", path, expected, got.data);
        lk_free(expected);
        lk_text_deinit(&got);
    }
    lk_results_deinit(&results);
}

/* A row of stored figures whose codes are these. */
static void add_codes(lk_results *results, int seed, const char *codes) {
    char *text = NULL;
    size_t n = 0;
    lk_error err;
    assert_ok(lk_file_read(STORED "/results/vae_mse-s7.json", 1 << 16, &text, &n, &err), &err);
    cJSON *json = cJSON_Parse(text);
    cJSON_ReplaceItemInObjectCaseSensitive(json, "seed", cJSON_CreateNumber(seed));
    cJSON_AddItemToObject(json, "codes", cJSON_Parse(codes));
    assert_ok(lk_results_add(results, json, codes, NULL, &err), &err);
    cJSON_Delete(json);
    lk_free(text);
}

static void statistics_of_codes_have_columns_where_they_are_asked_for(void **state) {
    (void)state;
    const lk_report_view view = {
        .sort = LK_SORT_NONE, .columns = { 3, { LK_METRIC_ACTIVE, LK_METRIC_KL, LK_METRIC_MMD } }
    };
    lk_results results;
    lk_text text = { 0 };
    lk_error err;
    lk_results_init(&results);
    add_codes(&results, 1, "{\"active\":60,\"kl\":32.5,\"mmd\":null}");
    add_codes(&results, 2, "{\"active\":64,\"kl\":33.5,\"mmd\":null}");
    lk_text none = print(&results, LK_REPORT_md), csv = print(&results, LK_REPORT_csv);
    assert_null(strstr(none.data, "latents"));
    assert_null(strstr(csv.data, ",kl,"));
    assert_ok(lk_report_print(&results, LK_REPORT_md, &view, &text, &err), &err);
    assert_int_equal(strncmp(text.data,
                             "| model | seeds | active latents ↑ | KL, nats |\n|---|---|---|---|\n"
                             "| VAE (MSE) | 2 | 62 ± 3 | 33.0 ± 0.7 |\n\n",
                             strcspn(text.data, "T")),
                     0);
    assert_null(strstr(text.data, "Bold"));
    lk_text_deinit(&none);
    lk_text_deinit(&csv);
    lk_text_deinit(&text);
    lk_results_deinit(&results);
}

static double number(const cJSON *object, const char *key) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(value) ? value->valuedouble : (double)NAN;
}

static const char *string(const cJSON *object, const char *key) {
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

static void means_and_spreads_over_seeds_are_those_by_hand(void **state) {
    (void)state;
    lk_results results = stored();
    lk_text text = print(&results, LK_REPORT_json);
    cJSON *json = cJSON_Parse(text.data);
    const cJSON *rows = cJSON_GetObjectItemCaseSensitive(json, "rows");
    const cJSON *mse = cJSON_GetArrayItem(rows, 0), *ssim = cJSON_GetArrayItem(rows, 1),
                *vae = cJSON_GetArrayItem(rows, 2);
    assert_near(number(mse, "seeds"), 3, 0);
    assert_near(number(mse, "ssim"), 0.53125, 1e-15); /* 0.5, 0.53125, 0.5625 */
    assert_near(number(mse, "ssim_error"), 0.03125, 1e-15);
    assert_string_equal(string(mse, "error"), "sd over seeds");
    assert_near(number(ssim, "ssim"), 0.65625, 1e-15); /* 0.625, 0.625, 0.71875 */
    assert_near(number(ssim, "ssim_error"), sqrt(3) / 32, 1e-15);
    assert_near(number(vae, "ssim_error"), 0.01, 0); /* one seed: over pictures */
    assert_string_equal(string(vae, "error"), "se over pictures");
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(vae, "delta_e")));
    cJSON_Delete(json);
    lk_text_deinit(&text);
    lk_results_deinit(&results);
}

static void errors_of_differences_are_over_seeds_from_three_on(void **state) {
    (void)state;
    lk_results results = stored();
    for (int n = 1; n <= 3; n++) {
        results.evidence[0].n_seeds = n; /* 0.125, 0.09375, 0.15625; over pictures 0.004 */
        lk_text text = print(&results, LK_REPORT_json);
        cJSON *json = cJSON_Parse(text.data);
        const cJSON *verdict =
            cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(json, "verdicts"), 0);
        assert_near(number(verdict, "difference"), n == 2 ? 0.109375 : 0.125, 1e-15);
        double error = n < 3 ? 0.004 : 0.03125 / sqrt(3);
        assert_near(number(verdict, "error"), error, 1e-15);
        assert_near(number(verdict, "limit"), (n < 3 ? 2 : 4.303) * error, 1e-15);
        assert_string_equal(string(verdict, "error_over"), n < 3 ? "pictures" : "seeds");
        assert_near(number(verdict, "steps"), 500, 0); /* the shorter one's */
        cJSON_Delete(json);
        lk_text_deinit(&text);
    }
    lk_results_deinit(&results);
}

/* The density of Student's t, without the factor that makes its integral 1. */
static double student_density(double x, int df) {
    return pow(1 + x * x / df, -0.5 * (df + 1));
}

/* Simpson's rule; x = tan(angle) brings the infinite end to pi / 2, where the density is 0. */
static double student_integral(double from, int df) {
    enum { N = 2000 };
    double a = atan(from), step = (acos(-1) / 2 - a) / N, sum = 0;
    for (int i = 0; i < N; i++) {
        double x = tan(a + i * step);
        sum += (i == 0 ? 1 : i % 2 ? 4 : 2) * student_density(x, df) * (1 + x * x);
    }
    return sum * step / 3;
}

static void the_limit_over_seeds_leaves_two_and_a_half_percent_on_each_side(void **state) {
    (void)state;
    for (int n = LK_JUDGED_SEEDS; n <= LK_LIST_MAX; n++) {
        double tail = student_integral(lk_claim_limit(n), n - 1) / student_integral(0, n - 1) / 2;
        assert_near(tail, 0.025, 3e-5);
    }
    assert_near(lk_claim_limit(1), 2, 0);
    assert_near(lk_claim_limit(2), 2, 0);
}

/* ---- what the paper's own figures say ---- */

static void the_papers_own_table_is_judged_as_it_stands(void **state) {
    (void)state;
    static const struct {
        const char *claim;
        double left, right;
        const char *expected;
    } rows[] = {
        { "b", 0.89, 0.86, "holds" },
        { "b", 0.59, 0.60, "does not hold" },
        { "b", 0.86, 0.86, "holds" },
        { "a.ssim", 0.86, 0.86, "does not hold" },
        { "d", 0.0054, 0.0042, "does not hold" },
        { "d", 0.0033, 0.0034, "holds" },
        { "b", (double)NAN, 0.86, NULL },
        { "f.ssim", 0.9, 0.8, NULL },
    };
    lk_results results = stored();
    results.evidence[0].n_seeds = 1;
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        results.evidence[0].claim = claim(rows[i].claim);
        for (size_t r = 0; r < results.n_rows; r++) {
            lk_result *row = &results.rows[r];
            double value =
                strcmp(row->label, results.evidence[0].left) == 0 ? rows[i].left : rows[i].right;
            row->paper_ssim = row->paper_mse = value;
        }
        lk_text text = print(&results, LK_REPORT_json);
        cJSON *json = cJSON_Parse(text.data);
        const char *got = string(
            cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(json, "verdicts"), 0), "paper");
        if (!got != !rows[i].expected || (got && strcmp(got, rows[i].expected) != 0))
            fail_msg("row %zu: got %s", i, got ? got : "null");
        cJSON_Delete(json);
        lk_text_deinit(&text);
    }
    lk_results_deinit(&results);
}

/* ---- rows that are wrong ---- */

static void invalid_rows_are_refused_with_file_and_key(void **state) {
    (void)state;
    char *text = NULL;
    size_t n = 0;
    lk_error err;
    static const struct {
        const char *key, *value, *message;
        bool may_be_absent;
    } rows[] = {
        { "label", "3", "x.json: label: expected a string", false },
        { "model", "null", "x.json: model: expected a string", false },
        { "ssim", "\"high\"", "x.json: ssim: expected a number", false },
        { "mse", "[]", "x.json: mse: expected a number", false },
        { "lwssim", "\"high\"", "x.json: lwssim: expected a number", true },
        { "seed", "1.5", "x.json: seed: expected a whole number", false },
        { "steps", "-1", "x.json: steps: expected a whole number", false },
        { "paper", "1", "x.json: paper: expected an object", false },
        { "label", "\"a\\tb\"", "x.json: label: expected a string of one line", false },
        { "n", "null", "x.json: n: expected a whole number", false },
        { "delta_e_se", "{}", "x.json: delta_e_se: expected", true },
    };
    assert_ok(lk_file_read(STORED "/results/odd-s7.json", 1 << 16, &text, &n, &err), &err);
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_results results;
        cJSON *json = cJSON_Parse(text);
        cJSON_ReplaceItemInObjectCaseSensitive(json, rows[i].key, cJSON_Parse(rows[i].value));
        lk_results_init(&results);
        assert_int_equal(lk_results_add(&results, json, "x.json", NULL, &err), LK_FORMAT);
        assert_contains(err.text, rows[i].message);
        cJSON_DeleteItemFromObjectCaseSensitive(json, rows[i].key);
        lk_status status = lk_results_add(&results, json, "x.json", NULL, &err);
        assert_int_equal(status, rows[i].may_be_absent ? LK_OK : LK_FORMAT);
        if (status) assert_contains(err.text, rows[i].message);
        lk_results_deinit(&results);
        cJSON_Delete(json);
    }
    lk_free(text);
}

/* A row of stored figures, with one of its values another, which is taken. */
static lk_status add_changed(lk_results *results, const char *key, cJSON *value, lk_error *err) {
    char *text = NULL;
    size_t n = 0;
    assert_ok(lk_file_read(STORED "/results/odd-s7.json", 1 << 16, &text, &n, err), err);
    cJSON *json = cJSON_Parse(text);
    cJSON_ReplaceItemInObjectCaseSensitive(json, key, value);
    lk_status status = lk_results_add(results, json, "x.json", NULL, err);
    cJSON_Delete(json);
    lk_free(text);
    return status;
}

static void training_images_are_counted_where_their_number_makes_sense(void **state) {
    (void)state;
    static const struct {
        double given;
        int64_t expected;
    } rows[] = {
        { 6400, 6400 }, { 0, 0 }, { -1, 0 }, { 9e15, 0 }, { 1e300, 0 }, { (double)NAN, 0 }
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_results results;
        lk_error err;
        lk_results_init(&results);
        assert_ok(add_changed(&results, "train_images", cJSON_CreateNumber(rows[i].given), &err),
                  &err);
        assert_int_equal(results.rows[0].train_images, rows[i].expected);
        lk_results_deinit(&results);
    }
}

static void the_papers_figures_are_numbers_or_null(void **state) {
    (void)state;
    static const struct {
        const char *paper, *message;
    } rows[] = { { "{\"ssim\":\"high\",\"mse\":1}", "x.json: ssim: expected a number or null" },
                 { "{\"ssim\":1}", "x.json: mse: expected a number or null" } };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_results results;
        lk_error err;
        lk_results_init(&results);
        assert_int_equal(add_changed(&results, "paper", cJSON_Parse(rows[i].paper), &err),
                         LK_FORMAT);
        assert_string_equal(err.text, rows[i].message);
        lk_results_deinit(&results);
    }
}

static void a_label_has_at_most_32_seeds_and_more_are_another_row(void **state) {
    (void)state;
    lk_results results;
    lk_error err;
    lk_results_init(&results);
    for (int seed = 0; seed <= LK_LIST_MAX; seed++)
        assert_ok(add_changed(&results, "seed", cJSON_CreateNumber(seed), &err), &err);
    results.rows[LK_LIST_MAX].path = "y.json";
    assert_ok(lk_results_label(&results, &err), &err);
    assert_int_equal(results.n_rows, LK_LIST_MAX + 1);
    assert_contains(results.rows[LK_LIST_MAX - 1].label, "of_it (x.json)");
    assert_contains(results.rows[LK_LIST_MAX].label, "of_it (y.json)");
    lk_results_deinit(&results);
}

/* ---- files that are wrong ---- */

static char files[LK_PATH_MAX]; /* the folder of what read_text writes */

/* A file of this name and text, read into results. */
static lk_status read_text(lk_results *results, const char *name, const char *text, lk_error *err) {
    char path[LK_PATH_MAX];
    assert_true(lk_format(path, sizeof path, "%s/%s", files, name));
    assert_ok(lk_file_write(path, text, strlen(text), err), err);
    return lk_results_read_file(results, path, NULL, err);
}

#define MEASURED(n, ssim)                                                                          \
    "\"n\":" n ",\"ssim\":" ssim ",\"ssim_se\":0.5,\"mse\":0,\"mse_se\":0,\"psnr\":null,\"psnr_"   \
    "se\":null,\"lwssim\":1,\"lwssim_se\":0,\"chroma_ratio\":1,"                                   \
    "\"chroma_ratio_se\":0,\"delta_e\":1,\"delta_e_se\":0,\"sharpness_ratio\":1,\"sharpness_"      \
    "ratio_se\":0"
#define BASELINE(label, n, ssim) "{\"baselines\":[{\"label\":\"" label "\"," MEASURED(n, ssim) "}]}"

static void a_baseline_is_there_once_however_many_folders_have_it(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t n_expected;
    } rows[] = {
        { BASELINE("a", "3", "0.5"), 1 },  { BASELINE("a", "3", "0.5"), 1 },
        { BASELINE("b", "3", "0.5"), 2 },  { BASELINE("a", "4", "0.5"), 3 },
        { BASELINE("a", "3", "0.25"), 4 }, { BASELINE("a", "3", "null"), 4 },
        { BASELINE("c", "3", "null"), 5 }, { BASELINE("c", "3", "0.125"), 5 },
        { BASELINE("c", "3", "0.25"), 6 }, { BASELINE("b", "3", "0.5"), 6 },
    };
    lk_results results;
    lk_error err;
    snprintf(files, sizeof files, "%s", lk_test_folder("report_files"));
    lk_results_init(&results);
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        assert_ok(read_text(&results, "baselines.json", rows[i].text, &err), &err);
        if (results.n_baselines != rows[i].n_expected)
            fail_msg("row %zu: expected %zu baselines, got %zu", i, rows[i].n_expected,
                     results.n_baselines);
    }
    lk_results_deinit(&results);
}

/* ---- metrics come and go ---- */

/* The stored results with every object that has figures changed. */
static lk_results changed_results(void (*change)(cJSON *object, const char *key), const char *key) {
    static const char *const names[] = { "ae_mse-s1",  "ae_mse-s2",  "ae_mse-s3", "ae_ssim-s1",
                                         "ae_ssim-s2", "ae_ssim-s3", "odd-s7",    "vae_mse-s7",
                                         "baselines",  "verdicts" };
    lk_results results;
    lk_error err;
    const char *folder = lk_test_folder("report_changed");
    for (size_t i = 0; i < LK_COUNT(names); i++) {
        char from[LK_PATH_MAX], to[LK_PATH_MAX];
        lk_json json = { 0 };
        const cJSON *baselines;
        assert_true(lk_format(from, sizeof from, STORED "/results/%s.json", names[i]));
        assert_true(lk_format(to, sizeof to, "%s/%s.json", folder, names[i]));
        assert_ok(lk_json_read(from, &json, &err), &err);
        baselines = cJSON_GetObjectItemCaseSensitive(json.root, "baselines");
        change(json.root, key);
        for (cJSON *at = baselines ? baselines->child : NULL; at; at = at->next) change(at, key);
        assert_ok(lk_json_write(json.root, to, &err), &err);
        lk_json_deinit(&json);
    }
    lk_results_init(&results);
    assert_ok(lk_results_read(&results, folder, NULL, &err), &err);
    return results;
}

static void remove_metric(cJSON *object, const char *key) {
    char se[64];
    snprintf(se, sizeof se, "%s_se", key);
    cJSON_DeleteItemFromObjectCaseSensitive(object, key);
    cJSON_DeleteItemFromObjectCaseSensitive(object, se);
}

static void add_unknown_metric(cJSON *object, const char *key) {
    cJSON_AddNumberToObject(object, key, 0.5);
    cJSON_AddStringToObject(object, "another", "of a later version");
}

/* The cell of that column in a line of cells; `between` parts them. */
static const char *cell(const char *line, int column, const char *between, char out[256]) {
    for (; column > 0 && line; column--) {
        line = strstr(line, between);
        line = line ? line + strlen(between) : NULL;
    }
    assert_non_null(line);
    const char *end = strstr(line, between);
    size_t n = strcspn(line, "\r\n");
    if (n > 2 && memcmp(line + n - 2, " |", 2) == 0) n -= 2; /* the last cell of Markdown */
    if (end && (size_t)(end - line) < n) n = (size_t)(end - line);
    snprintf(out, 256, "%.*s", (int)n, line);
    return out;
}

static int column_of(const char *heads, const char *title, const char *between) {
    char got[256];
    for (int column = 0;; column++)
        if (strcmp(cell(heads, column, between, got), title) == 0) return column;
}

static void assert_absent_in_csv(const lk_results *results, const char *key) {
    char got[256];
    lk_text text = print(results, LK_REPORT_csv);
    int column = column_of(text.data, key, ",");
    int n_lines = 0;
    for (const char *line = strchr(text.data, '\n'); line && line[1];
         line = strchr(line + 1, '\n')) {
        if (line[1] == '"') continue; /* its label has commas */
        assert_string_equal(cell(line + 1, column, ",", got), "");
        assert_string_equal(cell(line + 1, column + 1, ",", got), "");
        n_lines++;
    }
    assert_true(n_lines > 2);
    lk_text_deinit(&text);
}

static void assert_absent_in_json(const lk_results *results, const char *key) {
    static const char *const lists[] = { "rows", "baselines" };
    lk_text text = print(results, LK_REPORT_json);
    cJSON *json = cJSON_Parse(text.data);
    for (size_t i = 0; i < LK_COUNT(lists); i++) {
        const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, lists[i]), *row;
        assert_true(cJSON_GetArraySize(list) > 1);
        cJSON_ArrayForEach(row, list)
            assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(row, key)));
    }
    cJSON_Delete(json);
    lk_text_deinit(&text);
}

static void assert_absent_for_people(const lk_results *results, const lk_metric_row *metric) {
    lk_text md = print(results, LK_REPORT_md), tex = print(results, LK_REPORT_tex);
    if (metric->shown & LK_METRIC_IN_TABLE) {
        lk_results all = stored();
        lk_text whole = print(&all, LK_REPORT_md);
        assert_contains(whole.data, metric->title);
        assert_null(strstr(md.data, metric->title));
        assert_null(strstr(tex.data, metric->title));
        lk_text_deinit(&whole);
        lk_results_deinit(&all);
    }
    lk_text_deinit(&md);
    lk_text_deinit(&tex);
}

static void a_metric_that_no_result_has_is_left_out_of_tables_for_people(void **state) {
    (void)state;
    for (int m = 0; m < LK_N_METRICS; m++) {
        const lk_metric_row *metric = lk_metric_describe((lk_metric)m);
        if (m == LK_METRIC_SSIM || m == LK_METRIC_MSE) continue; /* from the beginning */
        lk_results results = changed_results(remove_metric, metric->key);
        assert_int_equal(results.n_rows, 8);
        assert_absent_in_csv(&results, metric->key);
        assert_absent_in_json(&results, metric->key);
        assert_absent_for_people(&results, metric);
        lk_results_deinit(&results);
    }
}

static void metrics_of_a_later_version_are_ignored(void **state) {
    (void)state;
    lk_results known = stored(), more = changed_results(add_unknown_metric, "mae");
    for (int f = 0; f < LK_N_REPORT_FORMATS; f++) {
        lk_text expected = print(&known, (lk_report_format)f),
                got = print(&more, (lk_report_format)f);
        assert_string_equal(got.data, expected.data);
        lk_text_deinit(&expected);
        lk_text_deinit(&got);
    }
    lk_results_deinit(&known);
    lk_results_deinit(&more);
}

static void an_older_baseline_takes_the_metrics_it_lacks_from_a_newer_one(void **state) {
    (void)state;
    static const char *const texts[] = {
        "{\"baselines\":[{\"label\":\"a\",\"n\":3,\"ssim\":0.5,\"ssim_se\":0.1,\"mse\":1}]}",
        "{\"baselines\":[{\"label\":\"a\",\"n\":3,\"ssim\":0.5,\"ssim_se\":0.1,\"mse\":1,"
        "\"psnr\":0.25,\"psnr_se\":0.125}]}"
    };
    for (int first = 0; first < 2; first++) {
        lk_results results;
        lk_error err;
        lk_test_folder("report_files");
        lk_results_init(&results);
        for (int i = 0; i < 2; i++)
            assert_ok(read_text(&results, "baselines.json", texts[i ^ first], &err), &err);
        assert_int_equal(results.n_baselines, 1);
        assert_near(results.baselines[0].measured.value[LK_METRIC_PSNR], 0.25, 0);
        assert_near(results.baselines[0].measured.se[LK_METRIC_PSNR], 0.125, 0);
        assert_near(results.baselines[0].measured.value[LK_METRIC_SSIM], 0.5, 0);
        lk_results_deinit(&results);
    }
}

#define VERDICTS(list) "{\"experiment\":\"e\",\"note\":\"n\",\"differences\":" list "}"
#define PAIR(claim, seeds)                                                                         \
    VERDICTS("[{\"claim\":" claim                                                                  \
             ",\"model\":\"ae\",\"left\":\"l\",\"right\":\"r\",\"se_images\":0.5,\"seeds\":" seeds \
             "}]")
#define SEED  "{\"seed\":1,\"difference\":0.5,\"se\":0.5}"
#define EIGHT SEED "," SEED "," SEED "," SEED "," SEED "," SEED "," SEED "," SEED

static void invalid_baselines_and_verdicts_are_refused_with_file_and_key(void **state) {
    (void)state;
    static const struct {
        const char *name, *text, *message;
    } rows[] = {
        { "baselines.json", "{}", "/baselines.json: baselines: expected a list" },
        { "baselines.json", "{\"baselines\":[{\"label\":1}]}",
          "/baselines.json: label: expected a string of one line" },
        { "baselines.json", "{\"baselines\":[{\"label\":\"a\"}, 3]}",
          "/baselines.json: n: expected a whole number" },
        { "verdicts.json", "[]", "/verdicts.json: differences: expected a list" },
        { "verdicts.json", "{\"differences\":[]}",
          "/verdicts.json: experiment: expected a string" },
        { "verdicts.json", "{\"differences\":[],\"experiment\":\"e\"}",
          "/verdicts.json: note: expected a string" },
        { "verdicts.json", VERDICTS("[1, 2]"),
          "/verdicts.json: claim: expected the key of a claim" },
        { "verdicts.json", PAIR("\"z\"", "[" SEED "]"),
          "/verdicts.json: claim: expected the key of a claim" },
        { "verdicts.json", VERDICTS("[{\"claim\":\"b\"}]"),
          "/verdicts.json: model: expected a string" },
        { "verdicts.json", VERDICTS("[{\"claim\":\"b\",\"model\":\"ae\"}]"),
          "/verdicts.json: left: expected a string" },
        { "verdicts.json", VERDICTS("[{\"claim\":\"b\",\"model\":\"ae\",\"left\":\"l\"}]"),
          "/verdicts.json: right: expected a string" },
        { "verdicts.json",
          VERDICTS("[{\"claim\":\"b\",\"model\":\"ae\",\"left\":\"l\",\"right\":\"r\"}]"),
          "/verdicts.json: se_images: expected a number or null" },
        { "verdicts.json",
          VERDICTS("[{\"claim\":\"b\",\"model\":\"ae\",\"left\":\"l\",\"right\":\"r\",\"se_"
                   "images\":1}]"),
          "/verdicts.json: seeds: expected a list of 1 to 32 objects" },
        { "verdicts.json", PAIR("\"b\"", "{}"), "seeds: expected a list of 1 to 32 objects" },
        { "verdicts.json", PAIR("\"b\"", "[]"), "seeds: expected a list of 1 to 32 objects" },
        { "verdicts.json", PAIR("\"b\"", "[" EIGHT "," EIGHT "," EIGHT "," EIGHT "," SEED "]"),
          "seeds: expected a list of 1 to 32 objects" },
        { "verdicts.json", PAIR("\"b\"", "[1]"), "/verdicts.json: seed: expected a whole number" },
        { "verdicts.json", PAIR("\"b\"", "[" SEED ",{\"seed\":2}]"),
          "/verdicts.json: difference: expected a number or null" },
        { "verdicts.json", PAIR("\"b\"", "[{\"seed\":2,\"difference\":0}]"),
          "/verdicts.json: se: expected a number or null" },
        { "r.json", "{", "/r.json:1: expected ... got the end of the text" },
    };
    snprintf(files, sizeof files, "%s", lk_test_folder("report_files"));
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_results results;
        lk_error err;
        lk_results_init(&results);
        assert_int_equal(read_text(&results, rows[i].name, rows[i].text, &err), LK_FORMAT);
        assert_contains(err.text, rows[i].message);
        lk_results_deinit(&results);
    }
}

static void differences_are_joined_by_claim_model_and_labels(void **state) {
    (void)state;
    static const struct {
        const char *claim, *model, *left, *right;
        size_t n_expected;
    } rows[] = {
        { "b", "ae", "l", "r", 1 },  { "b", "ae", "l", "r", 1 }, { "d", "ae", "l", "r", 2 },
        { "b", "vae", "l", "r", 3 }, { "b", "ae", "m", "r", 4 }, { "b", "ae", "l", "s", 5 },
        { "b", "vae", "l", "r", 5 },
    };
    lk_results results;
    lk_error err;
    lk_results_init(&results);
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_evidence pair = { .claim = claim(rows[i].claim),
                             .model = rows[i].model,
                             .left = rows[i].left,
                             .right = rows[i].right,
                             .n_seeds = 1 };
        assert_ok(lk_results_add_evidence(&results, &pair, &err), &err);
        assert_int_equal(results.n_evidence, rows[i].n_expected);
    }
    lk_results_deinit(&results);
}

static void
a_row_that_is_there_twice_counts_once_and_folders_that_cannot_be_read_are_refused(void **state) {
    (void)state;
    lk_error err;
    lk_results results = stored();
    size_t n_rows = results.n_rows, n_evidence = results.n_evidence;
    int n_seeds = results.evidence[0].n_seeds;
    assert_ok(lk_results_read(&results, STORED "/results", NULL, &err), &err);
    assert_int_equal(results.n_rows, 2 * n_rows);
    assert_ok(lk_results_label(&results, &err), &err);
    assert_int_equal(results.n_rows, n_rows);
    assert_int_equal(results.n_evidence, n_evidence);
    assert_int_equal(results.evidence[0].n_seeds, n_seeds);
    lk_results_deinit(&results);
    lk_results_init(&results);
    assert_ok(lk_results_read(&results, lk_test_folder("report"), NULL, &err), &err);
    assert_int_equal(results.n_rows, 0);
    assert_int_equal(lk_results_read(&results, "/nowhere", NULL, &err), LK_READ);
    assert_int_equal(lk_results_read(&results,
                                     lk_test_long_path(STORED "/results", LK_PATH_MAX - 8), NULL,
                                     &err),
                     LK_FORMAT);
    assert_contains(err.text, "/results: path is too long");
    lk_results_deinit(&results);
}

static void other_files_of_a_folder_are_passed_over(void **state) {
    (void)state;
    char at[LK_PATH_MAX], words[4096];
    lk_error err;
    lk_results all = stored(), rest;
    snprintf(at, sizeof at, "%s", lk_test_folder("report_others"));
    assert_int_equal(
        lk_test_run(words, sizeof words,
                    "cp " STORED
                    "/results/*.json '%s' && cd '%s' && touch x notes.txt .hidden.json json",
                    at, at),
        0);
    lk_results_init(&rest);
    assert_ok(lk_results_read(&rest, at, NULL, &err), &err);
    assert_int_equal(rest.n_rows, all.n_rows);
    for (size_t i = 0; i < all.n_rows; i++)
        assert_string_equal(rest.rows[i].label, all.rows[i].label);
    lk_results_deinit(&rest);
    lk_results_deinit(&all);
}

static void rows_stand_by_index_then_seed_then_name(void **state) {
    (void)state;
    static const struct {
        const char *file, *index, *seed, *name;
    } rows[] = { { "a", "2", "1", "x" },
                 { "b", "1", "2", "x" },
                 { "c", "1", "1", "z" },
                 { "d", "1", "1", "y" },
                 { "e", "0", "9", "x" } };
    static const char order[] = "edcba";
    char at[LK_PATH_MAX], words[4096];
    lk_results results;
    lk_error err;
    snprintf(at, sizeof at, "%s", lk_test_folder("report_order"));
    for (size_t i = 0; i < LK_COUNT(rows); i++)
        assert_int_equal(lk_test_run(words, sizeof words,
                                     "sed 's/\"label\":\"Odd[^|]*| of_it\"/\"label\":\"%s\"/; "
                                     "s/\"index\":3/\"index\":%s/; s/\"seed\":7/\"seed\":%s/; "
                                     "s/\"name\":\"odd\"/\"name\":\"%s\"/' " STORED
                                     "/results/odd-s7.json >'%s/%s.json'",
                                     rows[i].file, rows[i].index, rows[i].seed, rows[i].name, at,
                                     rows[i].file),
                         0);
    lk_results_init(&results);
    assert_ok(lk_results_read(&results, at, NULL, &err), &err);
    for (size_t i = 0; i < LK_COUNT(rows); i++)
        assert_int_equal(results.rows[i].label[0], order[i]);
    lk_results_deinit(&results);
}

static void a_file_of_the_present_folder_is_known_by_its_name(void **state) {
    (void)state;
    char from[LK_PATH_MAX];
    lk_results results;
    lk_error err;
    lk_results_init(&results);
    assert_non_null(getcwd(from, sizeof from));
    assert_int_equal(chdir(STORED "/results"), 0);
    lk_status status = lk_results_read_file(&results, "baselines.json", NULL, &err);
    assert_int_equal(chdir(from), 0);
    assert_ok(status, &err);
    assert_int_equal(results.n_baselines, 2);
    lk_results_deinit(&results);
}

static void differences_are_written_as_they_were_read(void **state) {
    (void)state;
    char path[LK_PATH_MAX], out[4096];
    lk_error err;
    lk_results results = stored(), again;
    results.evidence[0].seeds[1].se = (double)NAN;
    snprintf(path, sizeof path, "%s/verdicts.json", lk_test_folder("report_pairs"));
    assert_ok(lk_results_write_evidence(&results, path, &err), &err);
    snprintf(out, sizeof out, "%.*s", (int)(strrchr(path, '/') - path), path);
    char words[4096];
    assert_int_equal(
        lk_test_run(words, sizeof words,
                    "cp " STORED "/results/*-s?.json " STORED "/results/baselines.json '%s'", out),
        0);
    lk_results_init(&again);
    assert_ok(lk_results_read(&again, out, NULL, &err), &err);
    lk_text a = print(&results, LK_REPORT_json), b = print(&again, LK_REPORT_json);
    assert_string_equal(a.data, b.data);
    lk_text_deinit(&a);
    lk_text_deinit(&b);
    lk_results_deinit(&results);
    lk_results_deinit(&again);
}

static void a_label_is_no_option_of_the_line_above_in_latex(void **state) {
    (void)state;
    lk_results results = stored();
    results.rows[results.n_rows - 1].label = "[7, 11] *";
    lk_text text = print(&results, LK_REPORT_tex);
    assert_contains(text.data, "\n{[}7, 11] {*} & 1 & ");
    lk_text_deinit(&text);
    lk_results_deinit(&results);
}

static void seeds_of_one_difference_from_two_folders_are_judged_together(void **state) {
    (void)state;
    lk_error err;
    lk_results results = stored();
    lk_evidence other = results.evidence[0];
    size_t n = results.n_evidence;
    int n_seeds = other.n_seeds;
    assert_int_equal(n_seeds, 3);
    other.n_seeds = 1;
    other.seeds[0] = (lk_seed_difference){ 9, 0.5, 0.25 };
    other.se_images = results.evidence[0].se_images + 1;
    assert_ok(lk_results_add_evidence(&results, &other, &err), &err);
    assert_int_equal(results.n_evidence, n);
    assert_int_equal(results.evidence[0].n_seeds, 4);
    assert_int_equal(results.evidence[0].seeds[3].seed, 9);
    assert_near(results.evidence[0].se_images, other.se_images - 0.75, 1e-12);
    other.n_seeds = LK_LIST_MAX;
    for (int i = 0; i < LK_LIST_MAX; i++) other.seeds[i].seed = 100 + i;
    assert_int_equal(lk_results_add_evidence(&results, &other, &err), LK_FORMAT);
    assert_contains(err.text, "more than 32 seeds");
    lk_results_deinit(&results);
}

static void a_row_taken_out_takes_its_verdicts_along(void **state) {
    (void)state;
    char at[LK_PATH_MAX], words[4096];
    lk_error err;
    lk_results all = stored(), rest;
    size_t others = 0;
    for (size_t i = 0; i < all.n_evidence; i++)
        others += strcmp(all.evidence[i].left, all.rows[0].label) != 0 &&
                  strcmp(all.evidence[i].right, all.rows[0].label) != 0;
    assert_true(others < all.n_evidence);
    snprintf(at, sizeof at, "%s", lk_test_folder("report_without"));
    assert_int_equal(lk_test_run(words, sizeof words,
                                 "cp " STORED "/results/*.json '%s' && cd '%s' && rm %s-s*.json",
                                 at, at, all.rows[0].name),
                     0);
    lk_results_init(&rest);
    assert_ok(lk_results_read(&rest, at, NULL, &err), &err);
    assert_int_equal(rest.n_evidence, others);
    lk_results_deinit(&rest);
    lk_results_deinit(&all);
}

/* ---- which rows are seeds of one model ---- */

/* Add a stored row with another seed, label and config; the config is taken. */
static void add_run(lk_results *results, int seed, const char *label, const char *config) {
    char *text = NULL, path[64];
    size_t n = 0;
    lk_error err;
    assert_ok(lk_file_read(STORED "/results/odd-s7.json", 1 << 16, &text, &n, &err), &err);
    cJSON *json = cJSON_Parse(text);
    cJSON_ReplaceItemInObjectCaseSensitive(json, "seed", cJSON_CreateNumber(seed));
    cJSON_ReplaceItemInObjectCaseSensitive(json, "label", cJSON_CreateString(label));
    if (config) cJSON_AddItemToObject(json, "config", cJSON_Parse(config));
    snprintf(path, sizeof path, "run%zu", results->n_rows);
    cJSON_ReplaceItemInObjectCaseSensitive(json, "name", cJSON_CreateString(path));
    assert_ok(lk_results_add(results, json, path, NULL, &err), &err);
    cJSON_Delete(json);
    lk_free(text);
}

#define LR(lr) "{\"model\":{\"type\":\"ae\"},\"optimizer\":{\"lr\":" lr ",\"clip_norm\":0}}"

static void rows_are_labelled_by_the_keys_in_which_they_differ(void **state) {
    (void)state;
    static const struct {
        const char *label, *configs[3], *expected[3]; /* of the rows with the seeds 1, 2, 3 */
    } rows[] = {
        { "", { LR("0.01"), LR("0.0001"), LR("0.01") }, { "lr=0.01", "lr=0.0001", "lr=0.01" } },
        { "a",
          { LR("0.01"), LR("0.0001"), LR("0.01") },
          { "a, lr=0.01", "a, lr=0.0001", "a, lr=0.01" } },
        { "a", { LR("1"), LR("1"), LR("1") }, { "a", "a", "a" } },
        { "", { LR("1"), LR("1"), LR("1") }, { "run0", "run0", "run0" } },
        { "a", { NULL, LR("1"), NULL }, { "a", "a", "a" } },
        /* a key that one of them lacks was added later */
        { "a", { "{\"optimizer\":{\"lr\":1}}", LR("1"), LR("1") }, { "a", "a", "a" } },
        /* the shortest end that is clear */
        { "",
          { "{\"m\":{\"type\":\"x\"},\"a\":{\"w\":1},\"b\":{\"w\":1}}",
            "{\"m\":{\"type\":\"x\"},\"a\":{\"w\":2},\"b\":{\"w\":1}}",
            "{\"m\":{\"type\":\"y\"},\"a\":{\"w\":1},\"b\":{\"w\":1}}" },
          { "m=x, a.w=1", "m=x, a.w=2", "m=y, a.w=1" } },
        /* what follows from the model is shown only where it is needed */
        { "",
          { "{\"model\":{\"type\":\"ae\"},\"regularizer\":{\"type\":\"none\"}}",
            "{\"model\":{\"type\":\"vae\"},\"regularizer\":{\"type\":\"kl\"}}",
            "{\"model\":{\"type\":\"mmd\"},\"regularizer\":{\"type\":\"mmd\"}}" },
          { "model=ae", "model=vae", "model=mmd" } },
        /* models of one type that differ in it */
        { "",
          { "{\"model\":{\"type\":\"ae\"},\"regularizer\":{\"type\":\"none\"}}",
            "{\"model\":{\"type\":\"vae\"},\"regularizer\":{\"type\":\"kl\",\"weight\":1},\"lr\":"
            "1}",
            "{\"model\":{\"type\":\"vae\"},\"regularizer\":{\"type\":\"kl\",\"weight\":4},\"lr\":"
            "2}" },
          { "model=ae", "model=vae, weight=1, lr=1", "model=vae, weight=4, lr=2" } },
        /* what says nothing is left out */
        { "",
          { "{\"train\":{\"epochs\":5,\"steps\":0,\"patience\":0}}",
            "{\"train\":{\"epochs\":9,\"steps\":100,\"patience\":0}}",
            "{\"train\":{\"epochs\":5,\"steps\":0,\"patience\":3}}" },
          { "epochs=5", "steps=100", "epochs=5, patience=3" } },
    };
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        lk_results results;
        lk_error err;
        lk_results_init(&results);
        for (int r = 0; r < 3; r++) add_run(&results, r + 1, rows[i].label, rows[i].configs[r]);
        assert_ok(lk_results_label(&results, &err), &err);
        assert_int_equal(results.n_rows, 3);
        for (int r = 0; r < 3; r++)
            if (strcmp(results.rows[r].label, rows[i].expected[r]) != 0)
                fail_msg("row %zu, run %d: expected %s, got %s", i, r, rows[i].expected[r],
                         results.rows[r].label);
        lk_results_deinit(&results);
    }
}

static void evidence_follows_its_rows_when_their_labels_change(void **state) {
    (void)state;
    lk_results results;
    lk_error err;
    char at[LK_PATH_MAX], words[4096];
    snprintf(at, sizeof at, "%s", lk_test_folder("report_longer"));
    assert_int_equal(lk_test_run(words, sizeof words,
                                 "cp " STORED "/results/*.json '%s' && cd '%s' && sed -i "
                                 "'s/\"steps\":[0-9]*/\"steps\":900/; "
                                 "s/\"ssim\":0[.]/\"ssim\":0.1/' *-s?.json",
                                 at, at),
                     0);
    results = stored();
    size_t n_evidence = results.n_evidence;
    assert_ok(lk_results_read(&results, at, NULL, &err), &err);
    assert_ok(lk_results_label(&results, &err), &err);
    assert_int_equal(results.n_evidence, 2 * n_evidence);
    assert_string_equal(results.evidence[0].left, "AE (SSIM), steps=500");
    assert_string_equal(results.evidence[0].right, "AE (MSE), steps=600");
    assert_string_equal(results.evidence[n_evidence].left, "AE (SSIM), steps=900");
    assert_int_equal(results.evidence[0].n_seeds, 3); /* not joined with those of 900 steps */
    lk_text text = print(&results, LK_REPORT_md);
    assert_contains(text.data, "than MSE-trained | AE (SSIM), steps=500 against AE (MSE), "
                               "steps=600: holds; AE (SSIM), steps=900 against AE (MSE), "
                               "steps=900: holds | – |\n");
    lk_text_deinit(&text);
    lk_results_deinit(&results);
}

static void claims_are_a_matrix_that_can_be_left_out(void **state) {
    (void)state;
    const lk_report_view without = { .sort = LK_SORT_NONE, .no_claims = true };
    lk_results results = stored();
    for (int f = 0; f < LK_N_REPORT_FORMATS; f++) {
        lk_text with = print(&results, (lk_report_format)f), text = { 0 };
        lk_error err;
        assert_ok(lk_report_print(&results, (lk_report_format)f, &without, &text, &err), &err);
        assert_int_equal(f != LK_REPORT_csv, strstr(with.data, "LWSSIM-trained: higher") != NULL);
        assert_null(strstr(text.data, "-trained"));
        assert_null(strstr(text.data, "95 % limit"));
        assert_contains(text.data, "AE (SSIM)");
        lk_text_deinit(&with);
        lk_text_deinit(&text);
    }
    lk_results_deinit(&results);
}

/* The line that a verdict of JSON has in CSV. */
static void line_of(const cJSON *verdict, lk_text *line) {
    static const char *const keys[] = { "claim",  "words",      "model", "left",       "right",
                                        "metric", "difference", "error", "error_over", "limit",
                                        "steps",  "verdict",    "paper" };
    for (size_t i = 0; i < LK_COUNT(keys); i++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(verdict, keys[i]);
        char number[LK_NUMBER_TEXT_MAX];
        assert_non_null(item);
        lk_text_add(line, i ? "," : "\r\n");
        if (cJSON_IsNumber(item))
            lk_text_add(line, "%s", lk_number_text(item->valuedouble, number));
        else
            lk_text_cell(line, cJSON_IsNull(item) ? "" : cJSON_GetStringValue(item));
    }
    lk_text_add(line, "\r\n");
}

static void verdicts_in_csv_are_those_of_json(void **state) {
    (void)state;
    const lk_report_view view = { .sort = LK_SORT_NONE };
    lk_results results = stored();
    lk_text csv = { 0 }, text = print(&results, LK_REPORT_json);
    lk_error err;
    assert_ok(lk_report_claims_csv(&results, &view, &csv, &err), &err);
    assert_memory_equal(csv.data, "claim,words,model,left,right,metric,difference,", 47);
    cJSON *json = cJSON_Parse(text.data);
    const cJSON *verdict, *verdicts = cJSON_GetObjectItemCaseSensitive(json, "verdicts");
    assert_true(cJSON_GetArraySize(verdicts) > 2);
    size_t n_lines = 0;
    for (const char *at = csv.data; (at = strchr(at, '\n')); at++) n_lines++;
    assert_int_equal(n_lines, 1 + cJSON_GetArraySize(verdicts));
    cJSON_ArrayForEach(verdict, verdicts) {
        lk_text line = { 0 };
        line_of(verdict, &line);
        assert_contains(csv.data, line.data);
        lk_text_deinit(&line);
    }
    cJSON_Delete(json);
    lk_text_deinit(&csv);
    lk_text_deinit(&text);
    lk_results_deinit(&results);
}

static void the_paper_is_named_where_it_says_something_else(void **state) {
    (void)state;
    lk_results results = stored();
    lk_text text = print(&results, LK_REPORT_md);
    assert_null(strstr(text.data, "paper: "));
    lk_text_deinit(&text);
    for (int i = 0; i < results.evidence[0].n_seeds; i++) results.evidence[0].seeds[i].value *= -1;
    text = print(&results, LK_REPORT_md);
    assert_contains(text.data, "| does not (paper: holds) |");
    assert_contains(text.data, "Where the paper's figures say something else");
    lk_text_deinit(&text);
    lk_results_deinit(&results);
}

static void sorted_rows_begin_with_the_best(void **state) {
    (void)state;
    static const struct {
        int sort;
        const char *first;
    } rows[] = { { LK_SORT_NONE, "AE (MSE)" },
                 { LK_METRIC_SSIM, "AE (SSIM)" },
                 { LK_METRIC_DELTA_E, "AE (MSE)" },
                 { LK_METRIC_CHROMA_RATIO, "AE (SSIM)" },
                 { LK_METRIC_MSE, "AE (MSE)" }, /* equal rows keep their order */
                 { LK_METRIC_SHARPNESS_RATIO, "AE (SSIM)" },
                 { LK_SORT_LABEL, "AE (MSE)" } };
    lk_results results = stored();
    for (size_t i = 0; i < LK_COUNT(rows); i++) {
        const lk_report_view view = { .sort = rows[i].sort };
        lk_text text = { 0 };
        lk_error err;
        assert_ok(lk_report_print(&results, LK_REPORT_json, &view, &text, &err), &err);
        cJSON *json = cJSON_Parse(text.data);
        const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "rows");
        assert_int_equal(cJSON_GetArraySize(list), 4);
        assert_string_equal(string(cJSON_GetArrayItem(list, 0), "label"), rows[i].first);
        cJSON_Delete(json);
        lk_text_deinit(&text);
    }
    lk_results_deinit(&results);
}

static void a_row_without_scores_is_in_every_format_and_last_when_sorted(void **state) {
    (void)state;
    lk_error err;
    lk_results results = stored();
    cJSON *json = cJSON_Parse("{\"label\":\"AE (MSE)\",\"name\":\"ae_mse\",\"seed\":4,\"paper\":{"
                              "\"ssim\":null,\"mse\":null},\"state\":\"epoch 3 of 6\"}");
    assert_ok(lk_results_add(&results, json, "run", "run", &err), &err);
    cJSON_Delete(json);
    assert_ok(lk_results_label(&results, &err), &err);
    static const char *const expected[] = { "\n| AE (MSE), seed 4 | run | – | epoch 3 of 6 | – |",
                                            ",epoch 3 of 6,run\r\n", " & epoch 3 of 6 & -- & ",
                                            "\"state\":\"epoch 3 of 6\"" };
    for (int f = 0; f < LK_N_REPORT_FORMATS; f++) {
        lk_text text = print(&results, (lk_report_format)f);
        assert_contains(text.data, expected[f]);
        lk_text_deinit(&text);
    }
    const lk_report_view view = { .sort = LK_METRIC_SSIM };
    lk_text text = { 0 };
    assert_ok(lk_report_print(&results, LK_REPORT_md, &view, &text, &err), &err);
    assert_true(strstr(text.data, "epoch 3 of 6") > strstr(text.data, "VAE (MSE)"));
    assert_contains(text.data, "| AE (MSE) |  | 3 |");
    lk_text_deinit(&text);
    lk_results_deinit(&results);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_labelled_by_the_keys_in_which_they_differ),
        cmocka_unit_test(evidence_follows_its_rows_when_their_labels_change),
        cmocka_unit_test(claims_are_a_matrix_that_can_be_left_out),
        cmocka_unit_test(verdicts_in_csv_are_those_of_json),
        cmocka_unit_test(the_paper_is_named_where_it_says_something_else),
        cmocka_unit_test(sorted_rows_begin_with_the_best),
        cmocka_unit_test(a_row_without_scores_is_in_every_format_and_last_when_sorted),
        cmocka_unit_test(a_verdict_needs_a_difference_beyond_the_limit),
        cmocka_unit_test(short_training_is_not_judged),
        cmocka_unit_test(every_claim_of_the_paper_is_there_once),
        cmocka_unit_test(every_format_is_as_stored),
        cmocka_unit_test(statistics_of_codes_have_columns_where_they_are_asked_for),
        cmocka_unit_test(means_and_spreads_over_seeds_are_those_by_hand),
        cmocka_unit_test(errors_of_differences_are_over_seeds_from_three_on),
        cmocka_unit_test(the_limit_over_seeds_leaves_two_and_a_half_percent_on_each_side),
        cmocka_unit_test(the_papers_own_table_is_judged_as_it_stands),
        cmocka_unit_test(invalid_rows_are_refused_with_file_and_key),
        cmocka_unit_test(training_images_are_counted_where_their_number_makes_sense),
        cmocka_unit_test(the_papers_figures_are_numbers_or_null),
        cmocka_unit_test(a_label_has_at_most_32_seeds_and_more_are_another_row),
        cmocka_unit_test(a_baseline_is_there_once_however_many_folders_have_it),
        cmocka_unit_test(a_metric_that_no_result_has_is_left_out_of_tables_for_people),
        cmocka_unit_test(metrics_of_a_later_version_are_ignored),
        cmocka_unit_test(an_older_baseline_takes_the_metrics_it_lacks_from_a_newer_one),
        cmocka_unit_test(invalid_baselines_and_verdicts_are_refused_with_file_and_key),
        cmocka_unit_test(differences_are_joined_by_claim_model_and_labels),
        cmocka_unit_test(other_files_of_a_folder_are_passed_over),
        cmocka_unit_test(rows_stand_by_index_then_seed_then_name),
        cmocka_unit_test(a_file_of_the_present_folder_is_known_by_its_name),
        cmocka_unit_test(
            a_row_that_is_there_twice_counts_once_and_folders_that_cannot_be_read_are_refused),
        cmocka_unit_test(a_label_is_no_option_of_the_line_above_in_latex),
        cmocka_unit_test(seeds_of_one_difference_from_two_folders_are_judged_together),
        cmocka_unit_test(a_row_taken_out_takes_its_verdicts_along),
        cmocka_unit_test(differences_are_written_as_they_were_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
