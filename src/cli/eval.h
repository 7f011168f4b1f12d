/* Evaluations for people and programs. Private to the program. */
#ifndef LIKENESS_CLI_EVAL_H
#define LIKENESS_CLI_EVAL_H

#include <likeness/evaluate.h>

/** On standard output: a Markdown table with a row of the model named `name` and of each baseline,
 * or one JSON object. */
lk_status lk_evaluation_print(const lk_evaluation *evaluation, const char *name, bool json,
                              lk_error *err);

#endif
