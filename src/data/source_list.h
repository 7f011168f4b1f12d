/* Every source of pictures: one file in this folder that ends in its row. */
X(celeba)
X(folder)
X(synthetic)
