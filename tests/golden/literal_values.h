/* Written by scripts/golden/literal.py: do not edit. */
static const struct golden_photos {
    const char *x, *y;
    double ssim;
} golden_photos[] = {
    { "cat", "soft", 0.817964111946433 },
    { "cat", "cup", 0.061301311557864856 },
};
static const struct golden_loss {
    const char *x, *y, *loss;
    double value;
} golden_losses[] = {
    { "cat", "soft", "mse", 0.00528400419807591 },
    { "cat", "soft", "l1", 0.059796056546092456 },
    { "cat", "soft", "ssim", 0.18203588805356652 },
    { "cat", "soft", "lwssim", 0.19052368039744694 },
    { "cat", "soft", "{\"type\": \"mse\", \"scale\": 0.25}", 0.0013210010495189775 },
    { "cat", "soft", "{\"type\": \"ssim\", \"windows\": [7], \"window\": \"uniform\"}", 0.17579730349808764 },
    { "cat", "soft", "{\"type\": \"ssim\", \"windows\": [3, 7], \"weights\": [1, 2], \"alpha\": 2, \"beta\": 0.5, \"gamma\": 0.5, \"window\": \"uniform\"}", 0.19634379490059312 },
    { "cat", "soft", "{\"type\": \"ssim\", \"windows\": [11], \"alpha\": 0.5, \"beta\": 2, \"gamma\": 2, \"window\": \"gaussian\", \"sigma\": 1.5}", 0.29786404641141306 },
    { "cat", "soft", "{\"type\": \"lwssim\", \"windows\": [3, 7], \"gamma\": 0.5}", 0.1790365650792397 },
    { "cat", "soft", "{\"type\": \"lwssim\", \"windows\": [3, 5, 7, 11], \"weights\": [0.5, 0, 2, 1], \"alpha\": 0.5, \"beta\": 2, \"gamma\": 2}", 0.2501519332027141 },
    { "cat", "soft", "{\"type\": \"lwssim\", \"windows\": [5], \"alpha\": 0.5, \"beta\": 0.5, \"gamma\": 0.5}", 0.11274674483156888 },
    { "cat", "soft", "{\"type\": \"lwssim\", \"windows\": [5], \"alpha\": 2, \"beta\": 2, \"gamma\": 2, \"scale\": 3}", 1.0907014308897691 },
    { "cat", "soft", "{\"type\": \"lwssim\", \"windows\": [7, 15], \"weights\": [3], \"window\": \"gaussian\"}", 0.5615640452122513 },
    { "cat", "soft", "{\"type\": \"lwssim\", \"windows\": [31], \"window\": \"gaussian\", \"sigma\": 2.5}", 0.11032020671303089 },
    { "cat", "soft", "{\"type\": \"lwssim\", \"windows\": [9], \"K1\": 0.02, \"K2\": 0.1}", 0.08109280461064827 },
    { "cat", "soft", "{\"type\": \"ms_ssim\", \"scales\": 3, \"window_size\": 11, \"window\": \"gaussian\", \"sigma\": 1.5}", 0.066171798120231 },
    { "cat", "soft", "{\"type\": \"ms_ssim\", \"scales\": 4, \"window_size\": 5, \"window\": \"uniform\"}", 0.05867405406513704 },
    { "cat", "soft", "{\"type\": \"ms_ssim\", \"scales\": 1, \"window_size\": 7, \"window\": \"gaussian\"}", 0.22412886259646336 },
    { "cat", "soft", "{\"type\": \"sum\", \"terms\": [{\"type\": \"ms_ssim\", \"scales\": 3, \"window_size\": 11, \"scale\": 0.84}, {\"type\": \"l1\", \"scale\": 0.16}]}", 0.06515167946836883 },
    { "cat", "soft", "{\"type\": \"sum\", \"scale\": 2, \"terms\": [{\"type\": \"lwssim\", \"windows\": [3]}, {\"type\": \"mse\", \"scale\": 10}]}", 0.5904869262658909 },
    { "cat", "cup", "mse", 0.11080765668325093 },
    { "cat", "cup", "l1", 0.272100143394179 },
    { "cat", "cup", "ssim", 0.9386986884421353 },
    { "cat", "cup", "lwssim", 1.1806124020777262 },
    { "cat", "cup", "{\"type\": \"mse\", \"scale\": 0.25}", 0.027701914170812733 },
    { "cat", "cup", "{\"type\": \"ssim\", \"windows\": [7], \"window\": \"uniform\"}", 0.9517521569526742 },
    { "cat", "cup", "{\"type\": \"ssim\", \"windows\": [3, 7], \"weights\": [1, 2], \"alpha\": 2, \"beta\": 0.5, \"gamma\": 0.5, \"window\": \"uniform\"}", 1.3557492605016899 },
    { "cat", "cup", "{\"type\": \"ssim\", \"windows\": [11], \"alpha\": 0.5, \"beta\": 2, \"gamma\": 2, \"window\": \"gaussian\", \"sigma\": 1.5}", 0.9719280279320156 },
    { "cat", "cup", "{\"type\": \"lwssim\", \"windows\": [3, 7], \"gamma\": 0.5}", 1.1091249442186513 },
    { "cat", "cup", "{\"type\": \"lwssim\", \"windows\": [3, 5, 7, 11], \"weights\": [0.5, 0, 2, 1], \"alpha\": 0.5, \"beta\": 2, \"gamma\": 2}", 0.9938575519844192 },
    { "cat", "cup", "{\"type\": \"lwssim\", \"windows\": [5], \"alpha\": 0.5, \"beta\": 0.5, \"gamma\": 0.5}", 0.9871902270051018 },
    { "cat", "cup", "{\"type\": \"lwssim\", \"windows\": [5], \"alpha\": 2, \"beta\": 2, \"gamma\": 2, \"scale\": 3}", 4.177807424710854 },
    { "cat", "cup", "{\"type\": \"lwssim\", \"windows\": [7, 15], \"weights\": [3], \"window\": \"gaussian\"}", 3.590766776034141 },
    { "cat", "cup", "{\"type\": \"lwssim\", \"windows\": [31], \"window\": \"gaussian\", \"sigma\": 2.5}", 1.2693042837356168 },
    { "cat", "cup", "{\"type\": \"lwssim\", \"windows\": [9], \"K1\": 0.02, \"K2\": 0.1}", 0.9686205303018698 },
    { "cat", "cup", "{\"type\": \"ms_ssim\", \"scales\": 3, \"window_size\": 11, \"window\": \"gaussian\", \"sigma\": 1.5}", 1.0 },
    { "cat", "cup", "{\"type\": \"ms_ssim\", \"scales\": 4, \"window_size\": 5, \"window\": \"uniform\"}", 1.0 },
    { "cat", "cup", "{\"type\": \"ms_ssim\", \"scales\": 1, \"window_size\": 7, \"window\": \"gaussian\"}", 0.8993450067868471 },
    { "cat", "cup", "{\"type\": \"sum\", \"terms\": [{\"type\": \"ms_ssim\", \"scales\": 3, \"window_size\": 11, \"scale\": 0.84}, {\"type\": \"l1\", \"scale\": 0.16}]}", 0.8835360229430687 },
    { "cat", "cup", "{\"type\": \"sum\", \"scale\": 2, \"terms\": [{\"type\": \"lwssim\", \"windows\": [3]}, {\"type\": \"mse\", \"scale\": 10}]}", 4.438763739806225 },
};
