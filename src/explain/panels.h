/** The pictures of an explanation's figure. */
#ifndef LIKENESS_EXPLAIN_PANELS_H
#define LIKENESS_EXPLAIN_PANELS_H

#include "draw/canvas.h"
#include "explain/explain.h"

/** Draw values (H, W, C) in [0, 1] as a square of at most `side` units, with its top left corner at
 * (x, y), on a page of zoom 2. Errors: LK_MEMORY. */
lk_status lk_panels_values(lk_canvas *canvas, double x, double y, int side, lk_image_shape shape,
                           const lk_real *values, lk_error *err);
/** Draw where a gradient asks for more brightness (red) or less (blue): minus its mean over
 * channels. `scale` gets the value of full colour, the 99th percentile. Errors: LK_MEMORY. */
lk_status lk_panels_gradient(lk_canvas *canvas, double x, double y, int side, lk_image_shape shape,
                             const lk_real *gradient, double *scale, lk_error *err);
/** The colours between both, from -1 to 1, as a bar with words below. */
void lk_panels_bar(lk_canvas *canvas, double x, double y, double width, double size);

#endif
