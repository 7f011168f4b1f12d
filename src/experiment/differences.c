/* Computes the differences between runs that claims are about, from the scores of test pictures. */
#include "experiment/differences.h"
#include "base/file.h"
#include "evaluate/scores.h"
#include "net/run_files.h"

#include <string.h>

/* The scores of every row, in the order of the rows; NULL: none. */
struct scores {
    lk_score **of;
    size_t n;
};

static lk_status read_scores(const lk_result *row, lk_score **out, lk_error *err) {
    char path[LK_PATH_MAX];
    if (row->state || !row->folder ||
        !lk_format(path, sizeof path, "%s/" LK_RUN_TEST_SCORES, row->folder) ||
        !lk_file_may_exist(path))
        return LK_OK;
    return lk_scores_read(path, (size_t)row->measured.n, out, err);
}

static void free_scores(struct scores *scores) {
    for (size_t i = 0; i < scores->n; i++) lk_free(scores->of[i]);
    lk_free(scores->of);
}

static lk_status read_all(const lk_results *results, struct scores *scores, lk_error *err) {
    lk_status status = LK_OK;
    scores->of = lk_alloc(results->n_rows * sizeof *scores->of);
    if (!scores->of) return lk_fail_memory(err, results->n_rows * sizeof *scores->of, "scores");
    for (; scores->n < results->n_rows && !status; scores->n++)
        status = read_scores(&results->rows[scores->n], &scores->of[scores->n], err);
    return status;
}

/* The label of a model with a loss; NULL if there is none, or more than one. */
static const char *only_label(const lk_results *results, const char *model, const char *loss) {
    const char *label = NULL;
    for (size_t i = 0; i < results->n_rows; i++) {
        const lk_result *row = &results->rows[i];
        if (row->state || strcmp(row->model, model) != 0 || strcmp(row->loss, loss) != 0) continue;
        if (label && strcmp(label, row->label) != 0) return NULL;
        label = row->label;
    }
    return label;
}

/* The scores of the row with a label, and the seed and pack of `like`; NULL: none. */
static const lk_score *find_scores(const lk_results *results, const struct scores *scores,
                                   const char *label, const lk_result *like) {
    for (size_t i = 0; i < results->n_rows; i++) {
        const lk_result *row = &results->rows[i];
        bool same = !row->state && row->seed == like->seed && row->measured.n == like->measured.n &&
                    strcmp(row->data, like->data) == 0;
        if (same && strcmp(row->label, label) == 0) return scores->of[i];
    }
    return NULL;
}

static lk_status compare_runs(lk_results *results, const struct scores *scores,
                              const lk_claim *claim, const char *model, lk_error *err) {
    const char *left = only_label(results, model, claim->left),
               *right = only_label(results, model, claim->right);
    lk_evidence evidence = { .claim = claim, .model = model, .left = left, .right = right };
    lk_compared_runs pairs[LK_LIST_MAX];
    const lk_result *first = NULL;
    for (size_t i = 0; i < results->n_rows && left && right; i++) {
        const lk_result *row = &results->rows[i];
        if (row->state || strcmp(row->label, left) != 0 || !scores->of[i] ||
            (first && strcmp(row->data, first->data) != 0))
            continue;
        const lk_score *other = find_scores(results, scores, right, row);
        if (!other) continue;
        first = first ? first : row;
        pairs[evidence.n_seeds] = (lk_compared_runs){ scores->of[i], other };
        lk_difference one = lk_metrics_difference(&pairs[evidence.n_seeds], 1,
                                                  (size_t)row->measured.n, claim->metric);
        evidence.seeds[evidence.n_seeds++] = (lk_seed_difference){ row->seed, one.value, one.se };
    }
    if (!evidence.n_seeds) return LK_OK;
    evidence.se_images =
        lk_metrics_difference(pairs, evidence.n_seeds, (size_t)first->measured.n, claim->metric).se;
    return lk_results_add_evidence(results, &evidence, err);
}

static bool is_first_of_model(const lk_results *results, size_t i) {
    for (size_t k = 0; k < i; k++)
        if (strcmp(results->rows[k].model, results->rows[i].model) == 0) return false;
    return true;
}

lk_status lk_results_compare(lk_results *results, lk_error *err) {
    struct scores scores = { 0 };
    lk_status status = read_all(results, &scores, err);
    for (size_t c = 0; c < lk_n_claims && !status; c++)
        for (size_t i = 0; i < results->n_rows && !status; i++)
            if (is_first_of_model(results, i))
                status = compare_runs(results, &scores, &lk_claims[c], results->rows[i].model, err);
    free_scores(&scores);
    return status;
}
