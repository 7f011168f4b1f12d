/* Models: encoder, latents, decoder and objective in one graph. */
#include "model/corrupt.h"
#include "model/model_list.h"

#include <likeness/model.h>
#include <likeness/ops.h>

#include <stdio.h>
#include <string.h>

#define ROW(name) &lk_model_##name.choice,
const lk_choice *const lk_models[] = { LK_MODEL_LIST(ROW) NULL };

static lk_node *weigh(const lk_term *term) {
    bool anneals = term->anneal && term->anneal->warmup_steps;
    if (!anneals && term->weight == 1) return term->value;
    return lk_name(anneals ? lk_anneal(term->value, *term->anneal)
                           : lk_affine(term->value, term->weight, 0),
                   "%s weighted", term->name);
}

static void add_term(lk_model *model, lk_term term) {
    lk_node *weighted = weigh(&term);
    model->objective = model->objective ? lk_add(model->objective, weighted) : weighted;
    lk_keep(term.value);
    model->terms[model->n_terms++] = term;
}

static lk_node *corrupt(const lk_model_plan *plan, lk_node *images) {
    const lk_corruption *row = (const lk_corruption *)plan->corruption.choice;
    bool corrupts = plan->part == LK_MODEL_WHOLE && row && row->corrupt;
    return corrupts ? lk_keep(lk_corrupt(images, &plan->corruption)) : NULL;
}

static lk_codes encode(const lk_model_plan *plan, lk_layer_place place, lk_node *x) {
    place.prefix = "encoder";
    lk_node *features = lk_layers_build(&plan->architecture.encoder, &place, x);
    bool maps = plan->code.rank == 3;
    if (features && features->shape.rank != 2 && !maps) features = lk_flatten(features);
    lk_codes codes = ((const lk_model_type *)plan->type.choice)->codes(plan, &place, features);
    if (codes.z && codes.z->shape.rank == 4) codes.z = lk_flatten(codes.z);
    return codes;
}

static lk_node *decode(const lk_model_plan *plan, lk_layer_place place, lk_node *z,
                       lk_shape images) {
    const lk_chosen_list *decoder = &plan->architecture.decoder;
    const lk_shape *code = &plan->code;
    place.prefix = "decoder";
    if (z && code->rank == 3)
        z = lk_name(lk_reshape(z, LK_SHAPE_4(images.d[0], code->d[0], code->d[1], code->d[2])),
                    "maps");
    lk_node *y = lk_layers_build(decoder, &place, z);
    char got[64], expected[64];
    if (!y || lk_shape_equal(y->shape, images)) return y;
    lk_refuse(
        place.graph, LK_USAGE, "the decoder's result: expected the images' shape %s, got %s%s",
        lk_shape_text(images, expected, sizeof expected), lk_shape_text(y->shape, got, sizeof got),
        lk_preset_find(plan->architecture.preset)
            ? ""
            : "; change the layers, or take a preset, which follows the size: --set "
              "model.architecture=" LK_PRESET_DEFAULT);
    lk_graph_prefix_error(place.graph, decoder->item[decoder->n - 1].where);
    return NULL;
}

static lk_node *compare(const lk_model_plan *plan, const lk_model *model) {
    const lk_loss *loss = (const lk_loss *)plan->reconstruction.choice;
    lk_node *value = loss->build(model->images, model->output, plan->reconstruction.options);
    if (!value && plan->reconstruction_where)
        lk_graph_prefix_error(model->output->graph, plan->reconstruction_where);
    return lk_name(value, "reconstruction");
}

static void add_penalty(const lk_chosen *regularizer, const lk_codes *codes, const char *name,
                        lk_model *model) {
    const lk_regularizer *row = (const lk_regularizer *)regularizer->choice;
    const lk_regularizer_options *options = regularizer->options;
    lk_term term = { .value = lk_name(row->build(codes, options), "%s", name),
                     .weight = options->weight,
                     .anneal = options,
                     .whole_batches = row->whole_batches };
    lk_format(term.name, sizeof term.name, "%s", name);
    add_term(model, term);
}

static void add_own(const lk_codes *codes, lk_model *model) {
    for (int i = 0; i < LK_OWN_TERMS_MAX && codes->own[i].value; i++) {
        const lk_own_term *own = &codes->own[i];
        lk_term term = { .value = lk_name(own->value, "%s", own->name), .weight = own->weight };
        lk_format(term.name, sizeof term.name, "%s", own->name);
        if (own->weight > 0) add_term(model, term);
    }
}

/* The objective: the reconstruction loss and, if there are some, the regularizers of the codes. The
   index in the name tells two of one type apart. */
static void add_terms(const lk_model_plan *plan, const lk_codes *codes, lk_model *model) {
    const lk_chosen *regularizer = &plan->regularizer, *one;
    lk_node *value = compare(plan, model);
    add_term(model, (lk_term){ .name = "reconstruction",
                               .value = value,
                               .weight = plan->reconstruction_scale });
    for (int i = 0; (one = lk_regularizer_term(regularizer, i)); i++) {
        char name[48];
        if (one == regularizer)
            lk_format(name, sizeof name, "%s", one->choice->name);
        else
            lk_format(name, sizeof name, LK_REGULARIZER_PREFIX "%d_%s", i, one->choice->name);
        add_penalty(one, codes, name, model);
    }
    add_own(codes, model);
}

/* What a model only logs depends on how many codes a batch has. */
static void add_logged(const lk_codes *codes, lk_model *model) {
    for (int i = 0; i < LK_OWN_TERMS_MAX && codes->own[i].value; i++) {
        const lk_own_term *own = &codes->own[i];
        if (own->weight > 0) continue;
        lk_term *term = &model->terms[model->n_terms + model->n_parts++];
        *term = (lk_term){ .value = lk_keep(own->value), .whole_batches = true };
        lk_format(term->name, sizeof term->name, "%s", own->name);
    }
}

/* The losses that a sum adds; the index in the name tells two of one type apart. */
static void add_parts(const lk_model_plan *plan, lk_model *model) {
    const lk_sum_options *sum = lk_sum_options_of(&plan->reconstruction);
    lk_node *value = model->terms[0].value;
    for (int i = 0; sum && value && i < sum->terms.n; i++) {
        lk_term *part = &model->terms[model->n_terms + model->n_parts++];
        part->value = lk_keep(lk_sum_part(sum, value, i));
        part->weight = plan->reconstruction_scale * lk_sum_scale(sum, i);
        lk_format(part->name, sizeof part->name, "%s_%d_%s", model->terms[0].name, i,
                  sum->terms.item[i].chosen.choice->name);
    }
}

/* Layers that are written out fit one size of pictures. Those of a saved config name the preset
   that they came from, which has layers for other sizes too. */
static void add_remedy(const lk_architecture *architecture, lk_shape images, lk_error *err) {
    char preset[128];
    if (!err || !lk_preset_find(architecture->preset)) return;
    if (architecture->width)
        lk_format(preset, sizeof preset,
                  "'model.architecture={\"preset\": \"%s\", \"width\": %lld}'",
                  architecture->preset, (long long)architecture->width);
    else
        lk_format(preset, sizeof preset, "model.architecture=%s", architecture->preset);
    size_t n = strlen(err->text);
    lk_format(err->text + n, sizeof err->text - n,
              "; the layers that are written out do not fit %d x %d; --set %s takes those that do",
              images.d[2], images.d[3], preset);
}

lk_status lk_model_build(const lk_model_plan *plan, lk_graph *graph, lk_shape images, lk_model *out,
                         lk_error *err) {
    lk_model model = { 0 };
    lk_layer_place place = { .graph = graph,
                             .initializer = plan->initializer,
                             .image_channels = images.d[1] };
    lk_codes codes = { 0 };
    if (plan->part == LK_MODEL_DECODER) {
        codes.z =
            lk_input(graph, "latent", LK_SHAPE_2(images.d[0], (int)lk_shape_size(plan->code)));
    } else {
        model.images = lk_input(graph, "images", images);
        model.corrupted = corrupt(plan, model.images);
        codes = encode(plan, place, model.corrupted ? model.corrupted : model.images);
    }
    model.latent = lk_keep(lk_name(codes.z, "latent"));
    model.logvar = lk_keep(codes.logvar);
    if (plan->part != LK_MODEL_ENCODER)
        model.output = lk_keep(decode(plan, place, model.latent, images));
    if (plan->part == LK_MODEL_WHOLE && plan->reconstruction.choice && model.output)
        add_terms(plan, &codes, &model);
    if (model.n_terms) add_logged(&codes, &model);
    if (model.n_terms) add_parts(plan, &model);
    lk_status status = lk_graph_status(graph, err);
    bool layers_fit = model.latent && (plan->part == LK_MODEL_ENCODER || model.output);
    if (status == LK_USAGE && !layers_fit) add_remedy(&plan->architecture, images, err);
    if (!status) *out = model;
    return status;
}
