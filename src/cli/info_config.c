/*
 * The network of a config: its layers with shapes, parameters and multiply-adds, and the memory
 * that training needs. All of it is read from the network itself, built as for training.
 */
#include "cli/info.h"
#include "cli/output.h"
#include "cli/wrap.h"
#include "net/net.h"
#include "optim/optim.h"

#include <string.h>

struct network {
    const lk_info_options *given;
    lk_config config;
    lk_net net;
    /* bytes: values, gradients, parameters and all that training keeps for each of them */
    size_t n_parameters, n_bytes;
    double macs; /* of one image */
};

static size_t parameters_of(const struct network *n, const lk_node *node) {
    size_t count = 0;
    for (int i = 0; i < node->n_in; i++) {
        int param = node->in[i]->param;
        if (param >= 0 && n->net.params.list[param].kind == LK_PARAM_TRAINED)
            count += lk_shape_size(node->in[i]->shape);
    }
    return count;
}

static double macs_of(const lk_node *node) {
    return lk_node_macs(node) / lk_graph_batch(node->graph);
}

/* The next layer at or after place *i: an op between images and reconstructions. */
static const lk_node *next_layer(const struct network *n, int *i) {
    for (; *i <= n->net.model.output->index; ++*i) {
        const lk_node *node = lk_graph_node(n->net.graph, *i);
        if (node->op) return node;
    }
    return NULL;
}

static void sum_up(struct network *n) {
    const lk_params *params = &n->net.params;
    const lk_optimizer *optimizer = (const lk_optimizer *)n->config.optimizer.chosen.choice;
    /* weights and gradient, moments, average */
    size_t arrays = 2 + (size_t)optimizer->n_moments + (n->config.optimizer.average > 0);
    n->n_parameters = lk_params_count(params);
    n->n_bytes = lk_graph_bytes(n->net.graph) +
                 (arrays * params->n_trained + params->n_statistics) * sizeof(lk_real);
    const lk_node *node;
    for (int i = 0; (node = next_layer(n, &i)); i++) n->macs += macs_of(node);
}

/* "32 x 32 x 32": the shape without the batch. */
static const char *shape_text(lk_shape shape, char *out, size_t n_bytes) {
    lk_text text = { 0 };
    for (int i = 1; i < shape.rank; i++) lk_text_add(&text, "%s%d", i > 1 ? " x " : "", shape.d[i]);
    lk_format(out, n_bytes, "%s", text.data ? text.data : "1");
    lk_text_deinit(&text);
    return out;
}

static bool add_layer(cJSON *layers, const struct network *n, const lk_node *node) {
    cJSON *layer = cJSON_CreateObject(), *shape = NULL;
    bool whole = cJSON_AddItemToArray(layers, layer) &&
                 cJSON_AddStringToObject(layer, "name", node->name) &&
                 cJSON_AddStringToObject(layer, "type", node->op->name) &&
                 (shape = cJSON_AddArrayToObject(layer, "shape"));
    for (int i = 1; i < node->shape.rank && whole; i++)
        whole = cJSON_AddItemToArray(shape, cJSON_CreateNumber(node->shape.d[i]));
    const char *engine = lk_node_engine(node);
    if (engine) whole = whole && cJSON_AddStringToObject(layer, "engine", engine);
    return whole && lk_json_add_number(layer, "parameters", (double)parameters_of(n, node)) &&
           lk_json_add_number(layer, "macs", macs_of(node));
}

static lk_status put_json(const struct network *n, lk_error *err) {
    const lk_config *config = &n->config;
    cJSON *json = cJSON_CreateObject(), *images = NULL, *layers = NULL;
    const lk_node *node;
    bool whole =
        cJSON_AddStringToObject(json, "kind", "config") &&
        cJSON_AddStringToObject(json, "name", config->name) &&
        cJSON_AddStringToObject(json, "model", config->model.chosen.choice->name) &&
        lk_info_add_code(json, config) &&
        cJSON_AddStringToObject(json, "reconstruction",
                                config->reconstruction.chosen.choice->name) &&
        cJSON_AddStringToObject(json, "regularizer", config->regularizer.chosen.choice->name) &&
        cJSON_AddStringToObject(json, "optimizer", config->optimizer.chosen.choice->name) &&
        (images = cJSON_AddObjectToObject(json, "images")) &&
        lk_json_add_number(images, "size", n->net.images.size) &&
        lk_json_add_number(images, "channels", n->net.images.channels) &&
        lk_json_add_number(json, "batch_size", (double)config->train.batch_size) &&
        lk_json_add_number(json, "parameters", (double)n->n_parameters) &&
        lk_json_add_number(json, "macs", n->macs) &&
        lk_json_add_number(json, "memory_bytes", (double)n->n_bytes) &&
        (layers = cJSON_AddArrayToObject(json, "layers"));
    for (int i = 0; whole && (node = next_layer(n, &i)); i++) whole = add_layer(layers, n, node);
    return lk_cli_put_json(json, whole, err);
}

static void add_layers(const struct network *n, lk_text *out) {
    lk_text lines = { 0 };
    char shape[64], parameters[32], macs[32];
    const lk_node *node;
    shape_text(n->net.model.images->shape, shape, sizeof shape);
    lk_text_add(&lines, "layer\ttype\toutput\tparameters\tMACs\tengine\nimages\t\t%s\t\t\t\n",
                shape);
    for (int i = 0; (node = next_layer(n, &i)); i++) {
        size_t count = parameters_of(n, node);
        double work = macs_of(node);
        lk_text_add(&lines, "%s\t%s\t%s\t%s\t%s\t%s\n", node->name, node->op->name,
                    shape_text(node->shape, shape, sizeof shape),
                    count ? lk_count_text((int64_t)count, parameters) : "",
                    work > 0 ? lk_count_text((int64_t)work, macs) : "",
                    lk_node_engine(node) ? lk_node_engine(node) : "");
    }
    lk_text_add(&lines, "total\t\t\t%s\t%s\t\n",
                lk_count_text((int64_t)n->n_parameters, parameters),
                lk_count_text((int64_t)n->macs, macs));
    lk_cli_align(&lines, "llrrrl", out);
    out->failed = out->failed || lines.failed;
    lk_text_deinit(&lines);
}

static lk_status put_text(const struct network *n, const char *path, lk_error *err) {
    const lk_config *config = &n->config;
    lk_text out = { 0 };
    char bytes[32], code[64], name[2 * LK_WORDS_MAX];
    bool named = *config->name;
    lk_text_add(
        &out, "%s: a config%s%s: model %s, latent %s, reconstruction %s, regularizer %s\n\n", path,
        named ? ", " : "", named ? lk_text_quoted(config->name, name, sizeof name) : "",
        config->model.chosen.choice->name, lk_info_code(config, code, sizeof code),
        config->reconstruction.chosen.choice->name, config->regularizer.chosen.choice->name);
    add_layers(n, &out);
    lk_text_add(&out,
                "\nMACs: multiply-adds of the forward pass of one image, by definition; "
                "engine: how it is computed\nmemory of "
                "training at batch %lld: %s\n",
                (long long)config->train.batch_size, lk_cli_bytes((double)n->n_bytes, bytes));
    return lk_cli_put_lines(&out, err);
}

lk_status lk_info_config(lk_cli *cli, const char *path, lk_error *err) {
    struct network *n = lk_alloc(sizeof *n);
    if (!n) return lk_fail_memory(err, sizeof *n, path);
    const lk_info_options *given = n->given = cli->options;
    lk_image_shape images = { (int)given->size, (int)given->channels };
    lk_status status = lk_config_load(path, given->set.v, given->set.n, &n->config, err);
    if (!status) {
        const lk_config_train *train = &n->config.train;
        status = lk_net_init(&n->net, &cli->context, &n->config, images, (int)train->batch_size,
                             (int)train->shards, true, err);
    }
    if (!status) {
        sum_up(n);
        status = given->json ? put_json(n, err) : put_text(n, path, err);
    }
    lk_net_deinit(&n->net);
    lk_config_deinit(&n->config);
    lk_free(n);
    return status;
}
