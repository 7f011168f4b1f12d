/* Run a saved model: write its reconstruction of a picture.
   usage: reconstruct MODEL PICTURE OUT.png; MODEL is the folder of a run or a model.safetensors */
#include <likeness/memory.h>
#include <likeness/trained.h>

#include <stdio.h>

static lk_status reconstruct(const lk_context *context, char **words, lk_error *err) {
    lk_trained *model = NULL;
    lk_image image = { 0 };
    lk_real *original = NULL, *made = NULL;
    lk_status status = lk_trained_create(words[0], context, LK_MODEL_WHOLE, &model, err);
    if (status) return status;
    lk_image_shape shape = lk_trained_images(model);
    status = lk_image_init(&image, shape.size, shape.size, shape.channels, err);
    if (status) goto done;
    size_t n = lk_image_bytes(&image); /* a byte for each value */
    original = lk_alloc(n * sizeof *original);
    made = lk_alloc(n * sizeof *made);
    if (!original || !made) {
        status = lk_fail_memory(err, 2 * n * sizeof *made, "the pictures");
        goto done;
    }
    status = lk_trained_read_picture(model, words[1], original, err);
    if (!status) status = lk_trained_map(model, original, 1, made, err);
    if (status) goto done;
    lk_bytes_from_reals(made, n, image.pixels);
    status = lk_image_write_png(words[2], &image, err);
    if (!status)
        printf("%s: %d x %d pixels from %zu numbers\n", words[2], shape.size, shape.size,
               lk_shape_size(lk_trained_code(model)));
done:
    lk_free(original), lk_free(made);
    lk_image_deinit(&image);
    lk_trained_destroy(model);
    return status;
}

int main(int argc, char **argv) {
    lk_error err = { "usage: reconstruct MODEL PICTURE OUT.png" };
    lk_context context = { 0 };
    lk_status status = argc == 4 ? lk_context_open(0, &context, &err) : LK_USAGE;
    if (!status) status = reconstruct(&context, argv + 1, &err);
    if (status) fprintf(stderr, "%s\n", err.text);
    lk_context_close(&context);
    return lk_status_exit_code(status);
}
