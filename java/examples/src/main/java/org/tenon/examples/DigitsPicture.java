package org.tenon.examples;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.tenon.NDArray;
import org.tenon.io.DataBatch;
import org.tenon.io.DataIter;
import org.tenon.module.Module;

/** Draws digits with what a model says of them: green where it is right, red where it is wrong. */
final class DigitsPicture {
  private static final int COLUMNS = 10;
  private static final int ROWS = 4;
  private static final int SIZE = 28;
  private static final int ZOOM = 2;
  private static final int CELL = SIZE * ZOOM + 8;
  private static final int CAPTION = 20;

  private DigitsPicture() {}

  static void save(Module module, DataIter test, Path file) throws IOException {
    test.reset();
    BufferedImage picture =
        new BufferedImage(COLUMNS * CELL, ROWS * (CELL + CAPTION), BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = picture.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 14));
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, picture.getWidth(), picture.getHeight());
    try (DataBatch batch = test.next();
        NDArray output = module.predict(batch).get(0)) {
      float[] pixels = batch.data().get(0).toFloatArray();
      float[] labels = batch.label().get(0).toFloatArray();
      float[] scores = output.toFloatArray();
      int classes = (int) output.shape().dim(1);
      for (int digit = 0; digit < Math.min(COLUMNS * ROWS, labels.length); digit++) {
        int said = best(scores, digit * classes, classes);
        draw(graphics, picture, digit, pixels, said, said == (int) labels[digit]);
      }
    }
    graphics.dispose();
    ImageIO.write(picture, "png", file.toFile());
  }

  private static void draw(
      Graphics2D graphics,
      BufferedImage picture,
      int digit,
      float[] pixels,
      int said,
      boolean right) {
    int left = digit % COLUMNS * CELL + 4;
    int top = digit / COLUMNS * (CELL + CAPTION) + 4;
    for (int y = 0; y < SIZE * ZOOM; y++) {
      for (int x = 0; x < SIZE * ZOOM; x++) {
        float ink = pixels[digit * SIZE * SIZE + y / ZOOM * SIZE + x / ZOOM];
        int grey = 255 - Math.round(255 * Math.min(Math.max(ink, 0), 1));
        picture.setRGB(left + x, top + y, new Color(grey, grey, grey).getRGB());
      }
    }
    graphics.setColor(right ? new Color(0, 128, 0) : new Color(192, 0, 0));
    graphics.drawString(
        Integer.toString(said), left + SIZE * ZOOM / 2 - 4, top + CELL + CAPTION / 2);
  }

  private static int best(float[] scores, int from, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      if (scores[from + i] > scores[from + best]) {
        best = i;
      }
    }
    return best;
  }
}
