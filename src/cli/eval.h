/* Printing evaluations. Private to the program. */
#ifndef LIKENESS_CLI_EVAL_H
#define LIKENESS_CLI_EVAL_H

#include <likeness/evaluate.h>

/** Print a Markdown table with a row for the model and for each baseline, or one JSON object. */
lk_status lk_evaluation_print(const lk_evaluation *evaluation, bool json, lk_error *err);

#endif
