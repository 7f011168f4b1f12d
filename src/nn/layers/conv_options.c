/* What conv and conv_transpose check, and how they call their ops. */
#include "nn/layers/conv_options.h"
#include "nn/fitting.h"

static int common_divisor(int a, int b) {
    return b ? common_divisor(b, a % b) : a;
}

int lk_conv_layer_out(const lk_layer_place *place, const char *layer, const lk_node *x,
                      const struct lk_conv_layer *o) {
    if (x->shape.rank != 4) {
        lk_refuse(place->graph, LK_USAGE,
                  "%s: expected maps (N, C, H, W), got vectors; reshape first", layer);
        return 0;
    }
    int in = x->shape.d[1], out = o->out ? (int)o->out : place->image_channels;
    char fitting[256];
    if (in % o->groups == 0 && out % o->groups == 0) return out;
    lk_refuse(place->graph, LK_USAGE,
              "%s: groups: expected a divisor of %d input and %d output channels (%s), got %d",
              layer, in, out, lk_divisors(common_divisor(in, out), fitting, sizeof fitting),
              (int)o->groups);
    return 0;
}

lk_conv_options lk_conv_layer_options(const struct lk_conv_layer *o) {
    return (lk_conv_options){ .stride = (int)o->stride,
                              .padding = (int)o->padding,
                              .output_padding = (int)o->output_padding,
                              .groups = (int)o->groups,
                              .dilation = (int)o->dilation };
}
