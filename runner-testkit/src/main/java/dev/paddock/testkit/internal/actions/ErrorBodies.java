package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** The shapes that an error's body has, by who sends it. */
public final class ErrorBodies {
    private ErrorBodies() {}

    /** The Actions service's envelope; the key is the type's name without namespace and assembly. */
    static ObjectNode envelope(String typeName, String message) {
        String type = typeName.contains(",") ? typeName.substring(0, typeName.indexOf(',')) : typeName;
        var body = Json.object();
        body.put("$id", "1");
        body.putNull("innerException");
        body.put("message", message);
        body.put("typeName", typeName);
        body.put("typeKey", type.substring(type.lastIndexOf('.') + 1));
        body.put("errorCode", 0);
        body.put("eventId", 3000);
        return body;
    }

    /** GitHub's REST error, with the page of the documentation that explains it. */
    static ObjectNode rest(int status, String message, String page) {
        var body = Json.object();
        body.put("message", message);
        body.put("documentation_url", "https://docs.github.com/rest" + page);
        body.put("status", Integer.toString(status));
        return body;
    }

    public static String service(String typeName, String message) {
        return envelope(typeName, message).toString();
    }

    public static String restError(int status, String message) {
        return rest(status, message, "").toString();
    }

    /** What the broker between runners and service answers. */
    public static String broker(int status, String kind, String message) {
        var body = Json.object();
        body.put("source", "actions-broker-listener");
        body.put("errorKind", kind);
        body.put("statusCode", status);
        body.put("errorMessage", message);
        return body.toString();
    }

    /** The page of a proxy or a load balancer. */
    public static String page(int status) {
        return "<html>\r\n<head><title>" + status + "</title></head>\r\n<body>\r\n<center><h1>" + status
                + "</h1></center>\r\n<hr><center>proxy</center>\r\n</body>\r\n</html>\r\n";
    }
}
