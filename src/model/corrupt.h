/** The op that corrupts pictures. */
#ifndef LIKENESS_MODEL_CORRUPT_H
#define LIKENESS_MODEL_CORRUPT_H

#include <likeness/model.h>

/**
 * The pictures that the encoder gets, from the clean ones.
 *
 * shape    images (N, C, H, H)  ->  the same
 * train    corrupted by the graph's seed, step and the sample's index
 * eval     the images as they are; with lk_graph_corrupt, corrupted by seed and the number of the
 *          picture, step N + index, from a stream of its own
 * grad     none, as images have none
 * options  are borrowed; they outlive the graph
 */
lk_node *lk_corrupt(lk_node *images, const lk_chosen *corruption);

#endif
