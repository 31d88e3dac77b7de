package org.tenon.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * From the JVM's launch to the first value that ONNX Runtime computed, of a model with one Add;
 * prints milliseconds. The property {@code launched} is the clock just before the launch.
 */
public final class ColdStartOnnx {
  private static final int FLOAT = 1;

  private ColdStartOnnx() {}

  public static void main(String[] args) throws OrtException {
    float first;
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(addModel());
        OnnxTensor ones = OnnxTensor.createTensor(environment, new float[] {1, 1, 1, 1});
        OrtSession.Result result = session.run(Map.of("a", ones, "b", ones))) {
      first = ((OnnxTensor) result.get(0)).getFloatBuffer().get(0);
    }
    long now = System.currentTimeMillis();
    if (first != 2) {
      throw new IllegalStateException("1 + 1 = " + first);
    }
    System.out.println(now - Long.getLong("launched"));
  }

  /** A model of version 8 and operator set 13: c = a + b, of 4 floats each. */
  private static byte[] addModel() {
    Message node = new Message().text(1, "a").text(1, "b").text(2, "c").text(4, "Add");
    Message graph = new Message().message(1, node).text(2, "add");
    graph.message(11, tensor("a")).message(11, tensor("b")).message(12, tensor("c"));
    Message operators = new Message().number(2, 13);
    return new Message().number(1, 8).message(7, graph).message(8, operators).bytes();
  }

  private static Message tensor(String name) {
    Message shape = new Message().message(1, new Message().number(1, 4));
    Message type = new Message().message(1, new Message().number(1, FLOAT).message(2, shape));
    return new Message().text(1, name).message(2, type);
  }

  /** A protocol buffer with numbers and lengths below 128. */
  private static final class Message {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Message number(int field, int value) {
      out.write(field << 3);
      out.write(value);
      return this;
    }

    Message text(int field, String value) {
      return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message value) {
      return bytes(field, value.bytes());
    }

    private Message bytes(int field, byte[] value) {
      out.write(field << 3 | 2);
      out.write(value.length);
      out.writeBytes(value);
      return this;
    }

    byte[] bytes() {
      if (out.size() > 127) {
        throw new IllegalStateException("a message has " + out.size() + " bytes");
      }
      return out.toByteArray();
    }
  }
}
