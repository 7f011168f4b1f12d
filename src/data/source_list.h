/* Every source of pictures: one file in this folder, which ends with its row. */
X(celeba)
X(cifar10)
X(folder)
X(mnist)
X(npy)
X(synthetic)
