/* Every source of pictures: one file in this folder, which ends with its row. */
X(celeba)
X(folder)
X(synthetic)
