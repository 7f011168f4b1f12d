/** Adding parameters, which only graphs do. */
#ifndef LIKENESS_GRAPH_PARAMS_H
#define LIKENESS_GRAPH_PARAMS_H

#include <likeness/params.h>

int lk_params_add(lk_params *params, const char *name, lk_shape shape, lk_param_kind kind,
                  lk_init init);
lk_status lk_params_allocate(lk_params *params, lk_error *err);

#endif
