/* sRGB to CIELAB. Internal to the metric layer. */
#ifndef METRIC_COLOUR_H
#define METRIC_COLOUR_H

/* rgb: gamma-coded sRGB in [0, 1]; lab: L* in [0, 100], a*, b*. D65, 2 degrees. */
void lk_lab_from_srgb(const double rgb[3], double lab[3]);

#endif
